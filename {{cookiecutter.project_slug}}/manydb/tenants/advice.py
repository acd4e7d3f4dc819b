"""What to do where no tenant is active, right for the place where the error is read."""

from manydb.core import migrating


def advice(label: str = "", otherwise: str = "enter tenant_context(<name>).") -> str:
    """What follows "no tenant is active:".

    Args:
        label: the model that was used, if it was one.
        otherwise: what to do in code that is not a migration's.
    """
    return migrating.advice(label) or otherwise
