"""The error of the life of a tenant."""

from django.core.exceptions import ValidationError


class ProvisioningError(Exception):
    """Something can't be done to a tenant; one sentence says why, and what to do."""


def sentence(error: BaseException, secret: str = "") -> str:
    """What an exception says, on one line and without this secret."""
    said = error.messages[0] if isinstance(error, ValidationError) else str(error)
    line = " ".join(said.split()) or type(error).__name__
    return line.replace(secret, "***") if secret else line
