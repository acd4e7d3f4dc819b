"""A small Django site: one settings module per router, and an app for each kind of model."""
