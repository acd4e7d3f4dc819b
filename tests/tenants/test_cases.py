"""One table of cases for work on one tenant, wherever it is done: pages, streams, files, threads, tasks, a shell.

On real PostgreSQL and MariaDB, with gunicorn, uvicorn, a worker of Celery and one of Django's tasks. The table
is ``probes/tenant_cases/table.py``.
"""

import http.client
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ..commands import manage, manual
from ..processes import eventually
from ..production import Site, serving
from ..servers.fixtures import server_of
from ..tenant_cases import (
    SECRETS,
    SLUG,
    TENANTS,
    Project,
    is_the_table,
    rows_of,
    variables,
    working,
)

VIEWS = ("plain", "plain_async", "streamed", "streamed_async", "file", "thread")
SERVERS = {"gunicorn": f"{SLUG}.wsgi", "uvicorn": f"{SLUG}.asgi:application"}


@pytest.fixture(scope="module", params=["postgresql", "mysql"])
def project(
    request: pytest.FixtureRequest,
    rendered: Callable[..., Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Project:
    """A project of two tenants on real servers, each with one row, and this app in it."""
    server = server_of(request, request.param)
    folder = rendered(
        database_engine=request.param, router="tenant", legacy_models=False, project_slug=SLUG
    )
    messages = tmp_path_factory.mktemp("cases")
    env = variables(server, folder, messages)
    found = Project(folder, env, server)
    manage(folder, "bootstrap", env=env)
    found.python("table.seed(); print(1)")
    return found


# Pages


@pytest.fixture(scope="module", params=SERVERS)
def site(
    request: pytest.FixtureRequest, project: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    program = request.param
    log = tmp_path_factory.mktemp(program) / "log"
    with serving(project.folder, log, project.env, SERVERS[program], program) as running:
        yield running


def nothing_is_left(site: Site) -> None:
    for view in ("left_behind", "left_behind_async"):
        for _ in range(2):  # gunicorn has two threads
            assert json.loads(site.get("localhost", f"/{view}/")[1]) == [None, "TenantRequired"]


@pytest.mark.parametrize("view", VIEWS)
def test_in_a_page(site, view):
    for tenant in TENANTS:
        status, body = site.get(f"{tenant}.localhost", f"/{view}/")
        assert status == 200, site.log.read_text()
        is_the_table(rows_of(body), tenant)
    nothing_is_left(site)


def test_a_page_that_fails_leaves_nothing(site):
    assert site.get("acme.localhost", "/failing/")[0] == 500
    nothing_is_left(site)


def test_a_server_that_is_away_is_an_error_of_its_tenants_only_and_shows_no_password(site, project):
    create = 'Tenant.objects.create(name="lost", database="lost", server="gone", state="ready")'
    project.python(f"from manydb.tenants.models import Tenant; {create}; print(1)")
    status, body = site.get("lost.localhost", "/module_level/")
    project.python(
        "from manydb.tenants.models import Tenant; Tenant.objects.all().delete(); print(1)"
    )
    assert status == 500
    assert "OperationalError" in body
    assert "TENANT_SERVERS" in body  # the settings are on the page, as DEBUG is on
    for secret in SECRETS:
        assert secret not in body
        assert secret not in site.log.read_text()
    assert site.get("acme.localhost", "/plain/")[0] == 200


def test_a_thread_without_a_copy_of_the_context_has_no_tenant(site):
    assert json.loads(site.get("acme.localhost", "/bare_thread/")[1]) == "TenantRequired"


def test_a_reader_who_leaves_leaves_nothing(site, project):
    """The end of the stream still belongs to the tenant: it writes a row."""
    view = "endless_async" if "uvicorn" in str(site.log) else "endless"
    before = len(project.rows("acme"))
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    connection.request("GET", f"/{view}/", headers={"Host": "acme.localhost"})
    seen = connection.getresponse().read(100_000).decode()
    connection.close()
    assert set(seen.split(";")[:-1]) == {"acme"}
    nothing_is_left(site)
    rows = eventually(lambda: project.rows("acme")[before:], 20)
    assert rows == ["the reader has left"], site.log.read_text()
    project.python("table.seed(); print(1)")


def test_a_queryset_of_a_module_is_for_any_tenant(project):
    """Whoever asks first: its request must not be the one that imports the views."""
    answers = project.python(
        "from django.test import Client\n"
        "ask = lambda t: Client(headers={'host': f'{t}.localhost'}).get('/module_level/').json()\n"
        "print(json.dumps([ask(tenant) for tenant in table.TENANTS]))"
    )
    assert answers == [[tenant] for tenant in TENANTS]


# A shell


def test_in_a_shell(project):
    code = (
        "import json; from tenant_cases import table\n"
        "from manydb.tenants.context import tenant_context\n"
        "with tenant_context('acme'):\n    found = table.answers()\n"
        "print(json.dumps([found, table.answer('rows')]))\n"
    )
    done = manage(project.folder, "shell", "-c", code, env=project.env)
    found, without = json.loads(done.stdout.splitlines()[-1])
    is_the_table(found, "acme")
    assert without == "TenantRequired"

    code = "import json; from tenant_cases import table; print(json.dumps(table.answers()))"
    command = ("tenant_command", "globex", "--", "shell", "-c", code)
    done = manage(project.folder, *command, env=project.env)
    is_the_table(json.loads(done.stdout.splitlines()[-1]), "globex")


# Workers


def test_in_a_worker_of_celery(project):
    (app,) = re.findall(
        r"^```python\n# \w+/celery.py.*?\n(.*?)^```",
        manual(project.folder),
        re.M | re.S,
    )
    Path(project.env["TENANT_CASES"], "celery_of_readme.py").write_text(app, encoding="utf-8")
    command = ("-m", "celery", "-A", "celery_of_readme", "worker", "--concurrency=2")
    with working(project, *command) as log:
        try:
            found = project.python(CELERY)
        except AssertionError as error:
            raise AssertionError(log.read_text()) from error
    for tenant in TENANTS:
        is_the_table(found["answers"][tenant], tenant)
        assert found["chain"][tenant] == [tenant, tenant]
        assert found["chord"][tenant] == [tenant, [tenant], [tenant]]
        assert found["retried"][tenant] == [2, tenant]
    assert found["for every tenant"] == [[name] for name in TENANTS]
    assert found["nobody's"] is None
    assert found["sent without"] == "TenantRequired"
    assert found["by name"] == found["of another version"] == "TenantRequired"
    assert found["suspended"] == "TenantUnavailable"


CELERY = """
import time
from celery import chain, chord
from celery_of_readme import app
from tenant_cases.tasks import answers, gather, nobodys, third_time_lucky, who
from manydb.tenants.envelope import for_every_tenant
from manydb.tenants.models import Tenant

def outcome(sent):
    try:
        return sent().get(timeout=60)
    except Exception as error:
        return type(error).__name__

sent = {"answers": {}, "chain": {}, "chord": {}, "retried": {}}
for tenant in table.TENANTS:
    with table.context.tenant_context(tenant):
        sent["answers"][tenant] = answers.delay()
        sent["chain"][tenant] = chain(who.s([]), who.s())()
        sent["chord"][tenant] = chord([who.s([]), who.s([])])(gather.s())
        sent["retried"][tenant] = third_time_lucky.delay()
found = {name: {t: r.get(timeout=60) for t, r in of.items()} for name, of in sent.items()}
results = []
for_every_tenant(lambda: results.append(who.delay([])))
found["for every tenant"] = [result.get(timeout=60) for result in results]
found["nobody's"] = outcome(nobodys.delay)
found["sent without"] = outcome(answers.delay)
found["by name"] = outcome(lambda: app.send_task("tenant_cases.tasks.answers"))
other_version = {"tenant": {"version": 2, "name": "acme"}}
found["of another version"] = outcome(lambda: answers.apply_async(headers=other_version))
Tenant.objects.update_or_create(name="acme", defaults={"state": "suspended", "database": "x"})
time.sleep(1.1)  # TENANT_CACHE_SECONDS
with table.context.tenant_context("acme"):
    found["suspended"] = outcome(answers.delay)
Tenant.objects.filter(name="acme").delete()
print(json.dumps(found))
"""


def test_in_a_worker_of_djangos_tasks(project):
    asked = project.python(
        "from tenant_cases.django_work import answers, who\n"
        "ids = {}\n"
        "for tenant in table.TENANTS:\n"
        "    with table.context.tenant_context(tenant):\n"
        "        ids[tenant] = [str(answers.enqueue().id), str(who.enqueue('Hello').id)]\n"
        "try:\n    answers.enqueue()\n"
        "except Exception as error:\n    ids['without'] = type(error).__name__\n"
        "ids['smuggled'] = str(answers.get_backend().enqueue(answers, [], {}).id)\n"
        "print(json.dumps(ids))"
    )
    manage(project.folder, "db_worker", "--batch", "--no-startup-delay", env=project.env)
    found = project.python(
        "from tenant_cases.django_work import answers, who\n"
        f"asked = {asked!r}\n"
        "found = {t: [answers.get_result(asked[t][0]).return_value, who.get_result(asked[t][1])"
        ".return_value] for t in table.TENANTS}\n"
        "(error,) = answers.get_result(asked['smuggled']).errors\n"
        "print(json.dumps(found | {'smuggled': error.exception_class_path}))"
    )
    for tenant in TENANTS:
        is_the_table(found[tenant][0], tenant)
        assert found[tenant][1] == f"Hello, {tenant}, try 1"
    assert asked["without"] == "TenantRequired"
    assert found["smuggled"].endswith(".TenantRequired")
