"""A database backend that logs in to RDS and Aurora by IAM, without a password to keep."""
