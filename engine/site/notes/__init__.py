"""An app in each tenant's database, and one legacy table there."""
