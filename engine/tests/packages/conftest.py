"""A folder is run by itself, with its settings; a test that names a router runs with that one only."""

from pathlib import Path

import pytest

from .site import ROUTER

pytest_plugins = ["manydb.testing.pytest_plugin"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    def is_of_this_run(item: pytest.Item) -> bool:
        mark = item.get_closest_marker("router")
        return mark is None or mark.args == (ROUTER,)

    others = [item for item in items if not is_of_this_run(item)]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if is_of_this_run(item)]


def pytest_report_header(config: pytest.Config) -> str:
    return f"router: {ROUTER}, settings: {Path(str(config.option.ds)).suffix}"
