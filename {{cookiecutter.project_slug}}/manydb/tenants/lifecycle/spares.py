"""Spares: copies of the template that are made ahead on a server.

A new tenant's database is a spare under another name. Renaming takes a fraction of the time of copying.
"""

from collections.abc import Iterator

from manydb.core.conf import conf
from manydb.core.locks import lock
from manydb.tenants.lifecycle.engines import Engine, engine_of
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.lifecycle.places import Place, Template
from manydb.tenants.lifecycle.reporting import Report, silent
from manydb.tenants.lifecycle.template import template_for
from manydb.tenants.lifecycle.tenant_names import check_server
from manydb.tenants.records import template_record

_TOKEN = "spare_0"  # noqa: S105
_WAIT = 600  # seconds, for another process that is making some


def template_with_spares(place: Place, engine: Engine, report: Report) -> Template:
    """Returns the template on the server of this place, with the spares that are there."""
    template = template_for(place, engine, report)
    return Template(template, _found(template, engine) if conf.TENANT_SPARES else ())


def prepare(server: str = "", *, report: Report = silent) -> int:
    """Makes the template on a server, and its spares up to the number in TENANT_SPARES.

    Args:
        server: a key of ``settings.TENANT_SERVERS``, or ``""`` for the server of ``default``.

    Returns:
        the number of spares that were made.

    Raises:
        ProvisioningError: TENANT_SERVERS has no such server, or TENANT_SPARES is not a number.
        django.db.Error: a server failed. The spares that were made stay.
    """
    check_server(server)
    numbers = _numbers()
    place = Place.of(template_record()._replace(server=server))
    engine = engine_of(place)
    template = template_for(place, engine, report)
    wanted = [_spare(template, number) for number in numbers]
    made = 0
    with lock("spares", wait=_WAIT):
        for name in engine.names(template, _spare(template, "").name):
            if template.named(name) not in wanted:
                engine.drop(template.named(name))
        for spare in wanted:
            engine.discard(spare, _TOKEN)  # left by a run that was killed
            if not engine.exists(spare):
                report(f"making the spare {spare.name}")
                _make(spare, template, engine)
                made += 1
    return made


def _make(spare: Place, template: Place, engine: Engine) -> None:
    with engine.making(spare, _TOKEN, Template(template)) as fresh:
        engine.seal(fresh)
    engine.release(spare, _TOKEN)


def _found(template: Place, engine: Engine) -> Iterator[Place]:
    """Yields each spare that exists when it is its turn. Another process may take it a moment later."""
    for name in sorted(engine.names(template, _spare(template, "").name)):
        if engine.exists(spare := template.named(name)):
            yield spare


def _numbers() -> list[str]:
    spares = conf.TENANT_SPARES
    if not isinstance(spares, int) or spares < 0:
        raise ProvisioningError(
            f"TENANT_SPARES is {spares!r}, which is not a number from 0. Set it to the number of databases to "
            "make ahead, for example 2."
        )
    return [str(number + 1) for number in range(spares)]


def _spare(template: Place, number: str) -> Place:
    """Returns the spare of this number; its name is the template's, with the number."""
    return template.beside(f"{template.own_name.replace('0template', 'spare')}_{number}")
