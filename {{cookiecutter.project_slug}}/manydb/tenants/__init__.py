"""One database per tenant: which tenant is active, and that nothing reaches another's data."""
