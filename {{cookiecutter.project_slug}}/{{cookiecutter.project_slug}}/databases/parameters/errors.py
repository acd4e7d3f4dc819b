"""Why a parameter can't be had."""

from django.core.exceptions import ImproperlyConfigured


class ParameterMissing(ImproperlyConfigured):
    """A parameter that has no default is not set."""


class ParameterStoreUnavailable(ImproperlyConfigured):
    """The store did not answer, and has never answered this process before."""
