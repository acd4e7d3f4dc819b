"""The customers of the old accounts system: a legacy table in a database that tenants share."""
