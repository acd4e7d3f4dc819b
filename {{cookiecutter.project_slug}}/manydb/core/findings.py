"""Errors and warnings of checks. The hint of each ends with the page of the manual that explains it."""

from typing import Any

from django.core import checks

# The ids of each page, without their first word. Those of reference/checks.md have no page of their own.
PAGES = {
    "admin.md": "E021",
    "existing_project.md": "E004 E005 E006",
    "first-deployment.md": "W019",
    "fleet.md": "W020",
    "health.md": "E013 W013",
    "legacy-models.md": "E401 E402 W012",
    "logs.md": "E014",
    "operations/servers.md": "E212",
    "operations/upgrade-django.md": "W001",
    "operations/upgrade-engine.md": "E016 W017 W222",
    "operations/upgrade-server.md": "W018",
    "other-servers.md": "E123 E124 E125",
    "packages.md": "W208",
    "pooling.md": "E101 E102 E103 E104 E106 W102 W103 W104 W105 W106 W107 W108 W111 W114",
    "reference/checks.md": "E112 E113 E114 E115 E116 E117 E118 E119 E120 E121 E122 W109 W110",
    "references.md": "E002 E011 E012 W011",
    "replicas.md": "W301",
    "routing.md": "E001 E003 E007 E008 E009 E020 E022 E023 E205 W021 W022",
    "static-files.md": "W014 W015 W016",
    "tenants/accounts.md": "E213 E214 E215",
    "tenants/isolation.md": "E201 E204 W203 W204 W205 W206 W207 W211 W223",
    "tenants/lifecycle.md": "W221",
    "tenants/membership.md": "E202 E203",
    "tenants/websockets.md": "W220",
    "transactions.md": "W201 W202",
}
_PAGE_OF = {f"manydb.{number}": page for page, ids in PAGES.items() for number in ids.split()}


class WithPage(checks.CheckMessage):
    """A message of a check whose hint goes on with ``See manydb/docs/<page>``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        page = f"See manydb/docs/{_PAGE_OF.get(str(self.id), 'reference/checks.md')}."
        self.hint = f"{self.hint} {page}" if self.hint else page


class Error(WithPage, checks.Error):
    """An error of a check of manydb."""


class Warning(WithPage, checks.Warning):
    """A warning of a check of manydb."""
