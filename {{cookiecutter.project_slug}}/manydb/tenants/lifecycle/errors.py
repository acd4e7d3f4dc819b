"""The error of lifecycle functions."""

from django.core.exceptions import ValidationError


class ProvisioningError(Exception):
    """A lifecycle function can't do its work. The message says why, and what to do."""


def sentence(error: BaseException, secret: str = "") -> str:
    """Returns the text of an exception on one line, without this secret."""
    said = error.messages[0] if isinstance(error, ValidationError) else str(error)
    line = " ".join(said.split()) or type(error).__name__
    return line.replace(secret, "***") if secret else line


def is_interrupted(error: BaseException | None) -> bool:
    """Whether Ctrl-C is what this comes from: it may reach a driver between question and answer, which then fails."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False
