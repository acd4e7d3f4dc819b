"""The template: a migrated database on each server, of which new tenants' databases are copies.

Its name has a hash of the migrations that made it. New code makes a new template once, and drops those of
older code with their spares.
"""

import hashlib
import sys
from pathlib import Path

from manydb.core.disk_migrations import kept_with_migrations, on_disk
from manydb.core.locks import lock
from manydb.core.missing_databases import fillers
from manydb.core.project import base_dir
from manydb.fleet.migrate import migrate
from manydb.tenants.lifecycle.engines import Engine
from manydb.tenants.lifecycle.places import Place
from manydb.tenants.lifecycle.reporting import Report

_TOKEN = "template_0"  # noqa: S105
_WAIT = 600  # seconds, for another process that makes the template


def template_for(place: Place, engine: Engine, report: Report) -> Place:
    """Returns the template on the server of this place, and makes it if it is missing."""
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
            for fill in (*fillers, migrate):  # tables without migrations come first
                fill(fresh.alias)
        engine.shrink(fresh)
        engine.seal(fresh)
    engine.release(template, _TOKEN)
    for purpose in ("template_", "spare_"):
        for name in engine.names(template, template.beside(purpose).name):
            if _hash() not in name:
                engine.drop(template.named(name))


@kept_with_migrations()
def _hash() -> str:
    """Returns a hash of all migrations and sample tables. An edited migration changes it, too."""
    digest = hashlib.sha256()
    for key, migration in sorted(on_disk().disk_migrations.items()):
        file = sys.modules[type(migration).__module__].__file__
        digest.update(f"{key}".encode() + (Path(file).read_bytes() if file else b""))
    for path in sorted(base_dir().glob("legacy/*/*.sql")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
