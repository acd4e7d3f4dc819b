"""The users of the project, in ``default``: every tenant's staff sign in with the same table."""
