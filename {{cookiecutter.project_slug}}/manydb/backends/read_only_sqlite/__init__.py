"""A database backend: SQLite files that stay as they are, to the last byte."""
