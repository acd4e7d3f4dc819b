"""Rows of all tenants in the same tables, told apart by a column, are moved into the tenants' databases."""
