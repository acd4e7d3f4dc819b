"""An app for tenants with one of each kind of migration, to compare who runs it."""
