"""Django REST framework asks whether the user that an authentication class found may enter.

Each view names its authentication classes: tokens, signatures, classes of one's own. All of them are called by one
method of the request, which is not documented. A user who may not enter counts as not authenticated there. No
ticket known.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from manydb.patches import Patch, has, is_ours, ours, takes, uses
from manydb.patches.authentication import Door


def install(door: Door) -> None:
    """Makes the change, once."""
    from rest_framework.request import Request

    PATCH.verify()
    if not is_ours(Request._authenticate):
        Request._authenticate = ours(_asking(Request._authenticate, door))


def _asking(original: Callable[[Any], None], door: Door) -> Callable[[Any], None]:
    from rest_framework.request import ForcedAuthentication

    @wraps(original)
    def authenticate(self: Any) -> None:
        known = getattr(self._request, "user", None)
        with door.asking():
            original(self)
            user = self._user
            if user is known or not getattr(user, "is_authenticated", False):
                return  # that of the session, who was asked about already
            if isinstance(self._authenticator, ForcedAuthentication) or door.admits(user):
                return  # a test has said who it is
            self._not_authenticated()

    return authenticate


def _expects() -> None:
    from rest_framework import request

    has(request, "ForcedAuthentication")
    takes(request.Request._authenticate, "self")
    takes(request.Request._not_authenticated, "self")
    uses(request.Request._authenticate, "_not_authenticated", "_authenticator", "user", "auth")
    uses(request.Request._not_authenticated, "_authenticator", "user", "auth")
    uses(request.Request.user.fset, "_user", "_request", "user")


PATCH = Patch(
    "rest_framework_requests",
    tried=("3.18",),
    expects=_expects,
    of="djangorestframework",
)
