"""The lifecycle of tenants: creating, copying, moving and dropping their databases.

Your own code can do what the commands do, for example in a view that signs up a customer:

    from manydb.tenants.lifecycle.creation import create

Each step is recorded in the catalog before it is done. If a function is killed, calling it again goes on from
there (``operation``).
"""
