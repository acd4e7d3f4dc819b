"""Files of dump_tenant, and the servers' tools that write and read them."""

import os
import shutil
from pathlib import Path

from .two_servers import Project


def test_wrong_files_are_refused(project: Project, tenant: str, tmp_path: Path) -> None:
    good, text, cut = tmp_path / "good.zip", tmp_path / "text.zip", tmp_path / "cut.zip"
    project.manage("dump_tenant", tenant, str(good))
    assert "exists already" in project.refusal("dump_tenant", tenant, str(good))
    assert good.stat().st_mode & 0o077 == 0
    text.write_text("not a dump")
    content = bytearray(good.read_bytes())
    content[len(content) // 3] ^= 0xFF  # in the middle of the data
    cut.write_bytes(content)
    assert "There is no file" in project.refusal(
        "restore_tenant", str(tmp_path / "none.zip"), "--name", "x"
    )
    assert "not a file of dump_tenant" in project.refusal(
        "restore_tenant", str(text), "--name", "x"
    )
    assert "Name the tenant that gets the data" in project.refusal("restore_tenant", str(good))
    assert "already" in project.refusal("restore_tenant", str(good), "--name", tenant)
    said = project.refusal("restore_tenant", str(cut), "--name", "hooli")
    assert "damaged" in said or "failed" in said
    assert project.state("hooli") is None
    assert not [name for name in project.databases() if "hooli" in name or "0new" in name]


def test_tools_get_the_password_in_their_environment_alone(
    project: Project, tenant: str, tmp_path: Path
) -> None:
    """A pg_dump, or mysqldump, that notes what it is called with and then is the real one."""
    name = {"mysql": "mysqldump", "postgresql": "pg_dump"}[project.engine]
    spy = tmp_path / "bin" / name
    spy.parent.mkdir()
    real = shutil.which(name)
    spy.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {tmp_path}/words\nexec {real} "$@"\n')
    spy.chmod(0o755)
    env = {"PATH": f"{spy.parent}:{os.environ['PATH']}"}
    project.manage("dump_tenant", tenant, str(tmp_path / "x.zip"), env=env)
    words = (tmp_path / "words").read_text()
    assert f"{project.slug}_initech" in words
    assert project.server.password not in words


def test_a_missing_tool_is_one_sentence_that_names_its_package(
    project: Project, tenant: str, tmp_path: Path
) -> None:
    package = {"mysql": "default-mysql-client", "postgresql": "postgresql-client"}[project.engine]
    (tmp_path / "bin").mkdir()
    said = project.refusal(
        "dump_tenant", tenant, str(tmp_path / "x.zip"), env={"PATH": str(tmp_path / "bin")}
    )
    assert said.endswith(f"is not installed. On Debian, run apt-get install {package}.")
    assert list(tmp_path.glob("x.zip*")) == []
