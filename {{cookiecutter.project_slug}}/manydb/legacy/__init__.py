"""Legacy databases: models out of their tables, and whether the two still agree."""
