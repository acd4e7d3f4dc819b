"""Python imports this module as it starts: it gives a suite's settings our router, and changes none of its files.

Suites come by their settings in many ways (a module, ``settings.configure()``, Django's ``runtests.py``), but
all of them call ``django.setup()``, and by then their settings are complete.
"""

import os
import sys

if router := os.environ.get(
    "ECOSYSTEM_ROUTER"
):  # "none" for the run that the others are compared with
    import django
    from with_router import change, enter

    original = django.setup

    def setup(*args: object, **kwargs: object) -> None:
        from django.conf import settings

        change(settings, router)
        original(*args, **kwargs)
        enter(router)

    django.setup = setup

    if os.environ.get("ECOSYSTEM_RUNNER") == "named" and router != "none":
        # A suite whose script names Django's runner itself, where a project has TEST_RUNNER.
        import django.test.runner
        from manydb.testing import Runner

        sys.modules["django.test.runner"].DiscoverRunner = Runner  # type: ignore[misc]
