from typing import Any

from cms.app_base import CMSApp
from cms.apphook_pool import apphook_pool


@apphook_pool.register
class Shop(CMSApp):  # type: ignore[misc]
    name = app_name = "shop"

    def get_urls(self, page: Any = None, language: Any = None, **kwargs: Any) -> list[str]:
        return ["engine.tests.packages.with_django_cms.shop_urls"]
