"""Models pinned to a database of their own, with each kind of relation."""
