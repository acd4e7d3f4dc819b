"""Models of a tenant's database; the legacy tables' schema is in ``legacy/conferences/``.

Foreign keys between legacy tables describe columns and nothing more: ``db_constraint=False``
because this project adds no constraint to tables that it does not own, and ``DO_NOTHING`` because
their own system decides what happens to the rows that point to a deleted one.
"""

from .abstract import Abstract, AbstractAuthor
from .conference import Conference, CustomField
from .person import Person
from .registration import Registration

__all__ = ["Abstract", "AbstractAuthor", "Conference", "CustomField", "Person", "Registration"]
