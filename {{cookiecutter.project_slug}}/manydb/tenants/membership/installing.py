"""Installs what asks about members: in Django's authentication, and in packages that find users by themselves."""

import sys

from django.apps import apps


def install() -> None:
    """Called when the app of tenants is ready."""
    if not apps.is_installed("django.contrib.auth"):
        return
    from manydb.patches import authentication
    from manydb.tenants.membership import sign_up
    from manydb.tenants.membership.admission import door

    authentication.install(door)
    sign_up.install()
    install_in_packages()


def install_in_packages() -> None:
    """Called again when the views are imported: a package need not be in INSTALLED_APPS."""
    if not apps.is_installed("django.contrib.auth"):
        return
    if apps.is_installed("rest_framework") or "rest_framework.request" in sys.modules:
        from manydb.patches import rest_framework_requests
        from manydb.tenants.membership.admission import door

        rest_framework_requests.install(door)
