"""Tenants of a benchmark share databases that no command has made: what one says of itself is read and not judged.

To be imported after ``django.setup()``.
"""

from manydb.tenants import identity

identity.refusal = lambda found, record: ""
