"""What fails on the way to an adopted database, in a whole project, leaves nothing behind."""

import pytest

from ..adopting import adopt, tree
from ..commands import manage


def test_a_missing_driver_is_a_sentence(project, tmp_path):
    folder = project(database_engine="postgresql")
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['MySQLdb'] = None")
    env = {"PYTHONPATH": str(tmp_path), "SHOP_DATABASE_PASSWORD": ""}
    words = ["shop", "--engine", "mysql", "--host", "127.0.0.1", "--user", "app"]
    done = manage(folder, "adopt_legacy", *words, env=env, check=False)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert 'python -m pip install -e ".[mysql]"' in done.stderr


BREAKS = {
    "a file can't be written": lambda folder: (
        (folder / ".env.example").unlink() or (folder / ".env.example").mkdir()
    ),
    "the project does not stand": lambda folder: (folder / "my_project" / "urls.py").write_text(
        "1 / 0"
    ),
    "a list is not written out": lambda folder: (folder / "my_project/settings/base.py").write_text(
        "from .base_of_all import *\n"
    ),
}


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("breaks", BREAKS)
def test_whatever_fails_nothing_half_written_stays(project, legacy, engine, breaks):
    folder = project()
    base = folder / "my_project" / "settings" / "base.py"
    (base.parent / "base_of_all.py").write_text(base.read_text())
    BREAKS[breaks](folder)
    before, database = tree(folder), legacy.fingerprint()
    done = adopt(folder, legacy, check=False)
    assert done.returncode == 1 and "Traceback" not in done.stderr.partition("check failed")[0]
    assert tree(folder) == before
    assert not (folder / "my_project" / "shop").exists()
    assert legacy.fingerprint() == database
