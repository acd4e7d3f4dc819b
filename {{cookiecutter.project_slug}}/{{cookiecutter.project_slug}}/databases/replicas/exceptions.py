"""What a read can meet when replicas are out."""

from django.db.utils import DatabaseError


class ReplicaUnavailable(DatabaseError):
    """No replica can take a read, and the primary must not."""
