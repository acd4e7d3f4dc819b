"""A backend of a project's own."""
