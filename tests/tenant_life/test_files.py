"""Stored files in the life of a tenant: they follow their own, and wait for no other."""

from pathlib import Path

from ..projects import manage

STORE = """
from my_project.tenants.context import tenant_context
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
with tenant_context("zed"):
    default_storage.save("reports/1.txt", ContentFile("ours"))
"""


def test_files_go_along_with_a_new_name_and_are_nobody_elses(bootstrapped):
    folder: Path = bootstrapped(router="tenant", legacy_models=False)
    manage(folder, "create_tenant", "zed")
    manage(folder, "shell", "-c", STORE)
    manage(folder, "rename_tenant", "zed", "yod", "--wait", "0", "--yes")
    left = folder / "var/media/yod/reports/1.txt"
    assert left.read_text() == "ours"
    assert [path for path in folder.glob("var/media/zed/**/*") if path.is_file()] == []

    manage(folder, "drop_tenant", "yod", "--yes")
    refused = manage(folder, "create_tenant", "yod", check=False)
    assert refused.returncode == 1
    assert "There are stored files of an earlier 'yod': remove the folder yod" in refused.stderr
    left.unlink()
    assert "yod is ready" in manage(folder, "create_tenant", "yod").stdout
