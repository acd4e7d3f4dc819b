"""Conferences, one set of tables per tenant: legacy tables beside one that this project owns."""
