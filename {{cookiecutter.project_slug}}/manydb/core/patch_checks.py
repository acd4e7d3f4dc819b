"""Says when Django or a driver is newer than what the engine's changes to it were tried with."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage

from manydb import patches
from manydb.core.findings import Warning
from manydb.core.late_checks import register


@register()
def check_versions(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """manydb.W001: one message for each distribution that is newer than its patches know."""
    untried: dict[str, list[patches.Patch]] = {}
    for patch in patches.verified.values():
        if patch.is_untried:
            untried.setdefault(patch.of, []).append(patch)
    return [
        Warning(
            f"{of} {found[0].installed} is newer than the versions that manydb's changes to it were tried "
            f"with: {', '.join(sorted(patch.name for patch in found))}.",
            hint=f"Each found what it expects. Run your tests, or install {of} {found[0].tried[-1]}.",
            id="manydb.W001",
        )
        for of, found in untried.items()
    ]
