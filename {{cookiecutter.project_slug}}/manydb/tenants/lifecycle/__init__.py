"""The life of a tenant: its database is made, copied, moved and dropped here.

What the commands do, code may do as well, for example a view that signs a customer up:

    from manydb.tenants.lifecycle.creation import create

Each function writes into the catalog what it is about to do before it does it. One that was killed leaves
a row that says how far it came, and the same call goes on from there.
"""
