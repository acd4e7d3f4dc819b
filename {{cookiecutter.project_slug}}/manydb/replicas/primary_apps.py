"""Apps that are read from the primary in every request, because a stale answer would let a stranger in."""

from django.conf import settings

# By label. Sessions, users, permissions, and the keys and devices that identify a user.
_SIGNING_IN = (
    "auth",
    "contenttypes",
    "sessions",
    "account",  # django-allauth
    "mfa",
    "socialaccount",
    "usersessions",
    "authtoken",  # Django REST framework
    "axes",
    "guardian",
    "knox",
    "oauth2_provider",
    "otp_email",
    "otp_static",
    "otp_totp",
    "rest_framework_api_key",
    "token_blacklist",  # djangorestframework-simplejwt
    "two_factor",
    "user_sessions",
)


def default_primary_apps() -> frozenset[str]:
    """The labels of the apps in ``PRIMARY_APPS`` where the settings have none: add yours to these, or leave some out.

    Besides the apps of Django and of well-known packages it has the app of ``AUTH_USER_MODEL``.
    """
    return frozenset((*_SIGNING_IN, settings.AUTH_USER_MODEL.partition(".")[0]))
