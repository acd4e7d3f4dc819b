"""Where all is on one disk, as in development on SQLite: stored files, and databases that move."""

from pathlib import Path

from ...commands import manage
from .two_servers import add_server

STORE = """
from manydb.tenants.context import current_identity, tenant_context
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
with tenant_context("zed"):
    default_storage.save("reports/1.txt", ContentFile("ours"))
    print(current_identity())
"""
FOUND = """
from manydb.tenants.context import tenant_context
from django.core.files.storage import default_storage
with tenant_context("yod"):
    print(default_storage.exists("reports/1.txt"))
"""


def test_files_go_along_with_a_new_name_and_are_nobody_elses(bootstrapped):
    folder: Path = bootstrapped(router="tenant", legacy_models=False)
    manage(folder, "create_tenant", "zed")
    identity = manage(folder, "shell", "-c", STORE).stdout.split()[-1]
    manage(folder, "rename_tenant", "zed", "yod", "--wait", "0", "--yes")
    assert (folder / f"var/media/{identity}/reports/1.txt").read_text() == "ours"
    assert "True" in manage(folder, "shell", "-c", FOUND).stdout

    manage(folder, "drop_tenant", "yod", "--yes")
    assert "yod is ready" in manage(folder, "create_tenant", "yod").stdout
    assert "False" in manage(folder, "shell", "-c", FOUND).stdout


def test_a_tenant_moves_from_file_to_file(bootstrapped):
    """There is one folder, whatever the server is called: a rehearsal of what a real server does."""
    folder: Path = bootstrapped(router="tenant", legacy_models=False)
    folder = folder.rename(folder.with_name("my_project"))
    add_server(folder, "", 0)
    manage(folder, "create_tenant", "zed")
    said = manage(folder, "move_tenant", "zed", "--to", "eu").stdout
    assert said == "zed is in my_project_zed_2 on eu, my_project_zed on default is kept\n"
    said = manage(folder, "move_tenant", "zed", "--back", "--yes").stdout
    assert said == "zed is in my_project_zed on default, my_project_zed_2 on eu is kept\n"
    manage(folder, "move_tenant", "zed", "--drop-kept", "--yes")
    assert [path.name for path in folder.glob("var/*zed*.sqlite3")] == ["my_project_zed.sqlite3"]
