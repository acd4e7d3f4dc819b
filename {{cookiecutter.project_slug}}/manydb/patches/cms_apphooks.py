"""django CMS keeps the addresses that its apphooks have got from pages in the process: each tenant's apart.

A list of the module has the resolvers of all pages with an apphook, by whose patterns it also finds the page of a
request. A dict has the revision of the addresses that the process has loaded. Pages are the tenant's, and a page of
another may have the same key. The package has no setting for that. No ticket known.
"""

from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

from manydb.patches import Patch, has, uses

Kept = MutableMapping[Any, Any]


class _Resolvers:
    def __init__(self, kept: Kept) -> None:
        self.kept = kept

    def append(self, resolver: Any) -> None:
        self.kept.setdefault("all", []).append(resolver)

    def __iter__(self) -> Iterator[Any]:
        return iter([*self.kept.get("all", ())])


def keep_in(make: Callable[[], Kept]) -> None:
    """Has the package keep there what it has of pages."""
    from cms import appresolver
    from cms.utils import apphook_reload

    PATCH.verify()
    appresolver.APP_RESOLVERS = _Resolvers(kept := make())
    appresolver.clear_app_resolvers = kept.clear
    apphook_reload._urlconf_revision = make()


def _expects() -> None:
    from cms import appresolver
    from cms.utils import apphook_reload

    has(appresolver, "APP_RESOLVERS")
    uses(appresolver.applications_page_check, "APP_RESOLVERS")
    uses(appresolver._get_app_patterns, "APP_RESOLVERS", "append")
    uses(appresolver.clear_app_resolvers, "APP_RESOLVERS")
    uses(apphook_reload.get_local_revision, "_urlconf_revision")
    uses(apphook_reload.set_local_revision, "_urlconf_revision")
    uses(apphook_reload.reload_urlconf, "clear_app_resolvers", "clear_url_caches")


PATCH = Patch("cms_apphooks", tried=("5.1",), expects=_expects, of="django-cms")
