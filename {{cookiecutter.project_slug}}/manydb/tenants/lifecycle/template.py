"""The template: a migrated database that new tenants are copies of, one on each server.

Its name carries a hash of the migrations that made it, so that new code makes a new one, once, and drops
those of older code, and their spares.
"""

import hashlib
import sys
from functools import cache
from pathlib import Path

from manydb.core.disk_migrations import on_disk
from manydb.core.locks import lock
from manydb.core.missing_databases import fillers
from manydb.core.project import base_dir
from manydb.fleet.migrate import migrate
from manydb.tenants.lifecycle.engines import Engine
from manydb.tenants.lifecycle.places import Place
from manydb.tenants.lifecycle.reporting import Report

_TOKEN = "template_0"  # noqa: S105
_WAIT = 600  # seconds, for another process that is making the same one


def template_for(place: Place, engine: Engine, report: Report) -> Place:
    """The template on the server of this place; it is made if it is not there."""
    template = place.beside(f"template_{_hash()}")
    if not engine.exists(template):
        with lock("template", wait=_WAIT):
            if not engine.exists(template):
                report(f"making the template {template.name}")
                _make(template, engine)
    return template


def _make(template: Place, engine: Engine) -> None:
    engine.discard(template, _TOKEN)
    with engine.making(template, _TOKEN) as fresh:
        with fresh.in_its_place():
            for fill in (*fillers, migrate):  # tables that are not Django's come first
                fill(fresh.alias)
        engine.shrink(fresh)
        engine.seal(fresh)
    engine.release(template, _TOKEN)
    for purpose in ("template_", "spare_"):
        for name in engine.names(template, template.beside(purpose).name):
            if _hash() not in name:
                engine.drop(template.named(name))


@cache
def _hash() -> str:
    """Of what makes the template: a migration that is edited before it is released makes another one."""
    digest = hashlib.sha256()
    for key, migration in sorted(on_disk().disk_migrations.items()):
        file = sys.modules[type(migration).__module__].__file__
        digest.update(f"{key}".encode() + (Path(file).read_bytes() if file else b""))
    for path in sorted(base_dir().glob("legacy/*/*.sql")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
