"""Metrics are of all tenants together, count each request, and are shown to the monitoring alone."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from unittest import mock
from urllib.request import Request, urlopen

from django.conf import settings
from django.db import Error, connections
from django.test import Client, override_settings
from prometheus_client.parser import text_string_to_metric_families

import manydb
from manydb.contrib.prometheus import counters, state

from ..case import (
    SITES,
    Checked,
    PackageCase,
    PackageTransactionCase,
    eventually,
    replicas_only,
    tenants_only,
)

AUTHORIZED = {"Authorization": f"Bearer {settings.MONITORING_TOKEN}"}
Series = dict[str, float]


def series(text: str) -> Series:
    """Each series as it is written, with its value."""
    return {
        sample.name
        + "".join(f" {name}={value}" for name, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


class Scraping:
    """Mixed into a case: what Prometheus would see."""

    def scrape(self) -> Series:
        counters._look_at = 0.0
        with mock.patch.object(state, "_fleet", state._Fleet()):
            answer = Client(headers={"host": "10.0.0.7:8000", **AUTHORIZED}).get("/metrics")
        self.assertEqual(answer.status_code, 200)  # type: ignore[attr-defined]
        self.text = answer.content.decode()
        return series(self.text)

    def added(self, before: Series) -> Series:
        """What has grown since."""
        return {
            name: value - before.get(name, 0)
            for name, value in self.scrape().items()
            if value != before.get(name, 0)
        }


class Metrics(Scraping, Checked, PackageCase):
    def test_they_are_for_the_monitoring_alone(self) -> None:
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            answer = Client(headers=headers).get("/metrics")
            self.assertEqual(answer.status_code, 403)
            self.assertNotContains(answer, "manydb_", status_code=403)
        with override_settings(MONITORING_TOKEN=None, SECURE_SSL_REDIRECT=True):
            self.ok(Client(headers={"Authorization": "Bearer None"}).get("/metrics"), 403)
        with override_settings(SECURE_SSL_REDIRECT=True), self.assertNoLogs("manydb.request"):
            self.assertIn("manydb_requests_in_progress", self.scrape())

    def test_each_request_is_counted_by_its_method_and_status(self) -> None:
        before = self.scrape()
        for site in SITES:
            client = self.client_of(site)
            self.ok(client.post("/notes/"))
            self.ok(client.get("/nowhere/"), 404)
            self.ok(client.generic("BREW", "/nowhere/"), 404)
            with override_settings(SECURE_SSL_REDIRECT=True):
                self.ok(self.client_of(site).get("/notes/"), 301)
        self.ok(Client(headers={"host": "elsewhere.example"}).get("/notes/"), 400)
        added = self.added(before)
        sites = len(SITES)
        self.assertEqual(
            {name: n for name, n in added.items() if name.startswith("manydb_requests_total")},
            {
                "manydb_requests_total method=POST status=200": sites,
                "manydb_requests_total method=GET status=404": sites,
                "manydb_requests_total method=other status=404": sites,
                "manydb_requests_total method=GET status=301": sites,
                "manydb_requests_total method=GET status=400": 1,
            },
        )
        self.assertEqual(added["manydb_request_duration_seconds_count"], 4 * sites + 1)

    def test_queries_are_those_of_all_tenants_together(self) -> None:
        for site in SITES:
            self.ok(self.client_of(site).get("/notes/"))  # connected, and admitted
        before = self.scrape()
        for site in SITES:
            self.ok(self.client_of(site).get("/notes/"))
            with (
                site.active(),
                self.assertRaises(Error),
                connections[site.alias].cursor() as cursor,
            ):
                cursor.execute("SELECT 1 FROM not_there")
        added = self.added(before)
        several = SITES[0].name is not None
        database = "tenants" if several else "default"  # a replica of tests is its primary
        self.assertGreaterEqual(added[f"manydb_queries_total database={database}"], 2 * len(SITES))
        self.assertGreater(added[f"manydb_query_seconds_total database={database}"], 0)
        self.assertEqual(added[f"manydb_query_errors_total database={database}"], len(SITES))
        for name in ("acme", "globex", "testclient"):
            self.assertNotIn(name, self.text.lower())

    def test_connections_are_those_of_all_threads(self) -> None:
        for site in SITES:
            self.ok(self.client_of(site).get("/notes/"))
        found = self.scrape()
        if SITES[0].name is None:
            self.assertGreaterEqual(found["manydb_connections database=default state=open"], 1)
            return
        both = [f"manydb_connections database=tenants state={each}" for each in ("open", "idle")]
        self.assertGreaterEqual(sum(found.get(name, 0) for name in both), len(SITES))
        self.assertEqual(found["manydb_tenant_connections_limit"], settings.TENANT_CONNECTIONS)
        self.assertEqual(found["manydb_tenant_connections_waiting"], 0)

    def test_shared_databases_and_their_replicas(self) -> None:
        found = eventually(
            lambda: (answer := self.scrape()).get("manydb_database_up database=default") and answer
        )
        self.assertEqual(found["manydb_pending_migrations database=default"], 0)
        self.assertEqual(found["manydb_database_up database=default_RO"], 1)

    @replicas_only
    def test_a_replicas_state_is_how_many_processes_see_it_so(self) -> None:
        from manydb.replicas.health import Server
        from manydb.replicas.replica_state import State

        server = Server("replica.internal:5432")
        name = "manydb_replicas server=replica.internal:5432 state={}"
        self.scrape()
        for now, before in ((State.OK, State.NEW), (State.DOWN, State.OK), (State.OK, State.DOWN)):
            server.becomes(now)
            found = self.scrape()
            self.assertEqual((found[name.format(now)], found[name.format(before)]), (1, 0))

    def test_any_of_several_processes_answers_for_all(self) -> None:
        """The page's gunicorn.conf.py at work; a worker that has ended holds no connections."""
        page = (Path(manydb.__file__).parent / "docs/monitoring.md").read_text()
        (conf,) = re.findall(r"```python\n# gunicorn.conf.py\n(.*?)```", page, re.DOTALL)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "gunicorn.conf.py")
            path.write_text(conf)
            port = Path(folder, "port")
            path.write_text(
                f"{conf}\nimport pathlib\n\ndef when_ready(server):\n"
                f"    pathlib.Path({str(port)!r}).write_text(str(server.LISTENERS[0].sock.getsockname()[1]))\n"
            )
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "gunicorn",
                    "--bind=127.0.0.1:0",
                    "--workers=2",
                    f"--config={path}",
                    "--no-control-socket",
                    settings.WSGI_APPLICATION.replace(".application", ":application"),
                ],
                cwd=settings.BASE_DIR.parent,
                env=os.environ
                | {
                    "PYTHONPATH": os.pathsep.join(sys.path),
                    "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE,
                    "PROMETHEUS_MULTIPROC_DIR": str(Path(folder, "metrics")),
                },
                stderr=subprocess.PIPE,
                text=True,
            )
            try:
                eventually(
                    lambda: (port.exists() and port.read_text()) or process.poll() is not None
                )
                self.assertIsNone(process.poll())
                self.served = f"http://127.0.0.1:{port.read_text()}"
                self.workers_share_their_counts(process.pid)
            finally:
                process.terminate()
                process.communicate()

    def workers_share_their_counts(self, master: int) -> None:
        def ask(path: str, **headers: str) -> str:
            with (
                suppress(OSError),
                urlopen(Request(self.served + path, headers=headers), timeout=10) as answer,
            ):
                return str(answer.read().decode())
            return ""

        def number_of_requests(found: Series) -> float:
            names = [name for name in found if name.startswith("manydb_requests_total")]
            return sum(found[name] for name in names)

        for _ in range(20):
            ask("/notes/")
        for _ in range(10):  # whichever answers
            found = series(ask("/metrics", **AUTHORIZED))
            self.assertEqual(number_of_requests(found), 20)
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        self.assertEqual(len(children), 2)
        for child in children:
            os.kill(int(child), signal.SIGKILL)
        self.assertTrue(
            eventually(
                lambda: (
                    number_of_requests(series(ask("/metrics", **AUTHORIZED))) == 20
                    and not set(children)
                    & {*Path(f"/proc/{master}/task/{master}/children").read_text().split()}
                ),
                120,
            )
        )


class Fleet(Scraping, PackageTransactionCase):
    """The catalog is asked in a thread of its own, which sees what is committed."""

    @tenants_only
    def test_the_fleet_and_a_tenants_requests(self) -> None:
        from manydb.tenants.models import Tenant

        for number, state_of in enumerate(("ready", "ready", "suspended", "failed")):
            Tenant.objects.create(
                name=f"of{number}",
                database=f"of{number}",
                state=state_of,
                error="it broke" if state_of == "failed" else "",
            )
        found = self.scrape()
        counts = {each: found[f"manydb_tenants state={each}"] for each in Tenant.State.values}
        expected = dict.fromkeys(Tenant.State.values, 0) | {"ready": 2, "suspended": 1, "failed": 1}
        self.assertEqual(counts, expected)
        self.assertEqual(found["manydb_tenants_outdated"], 3)  # none has a fingerprint
        self.assertEqual(found["manydb_tenants_failed"], 1)
        with override_settings(METRICS_PER_TENANT=True):
            self.ok(Client(headers={"host": "of2.testserver"}).get("/notes/"), 503)
            self.ok(Client(headers={"host": "unknown.testserver"}).get("/notes/"), 404)
        self.assertEqual(
            [name for name in self.scrape() if "tenant_requests_total" in name],
            ["manydb_tenant_requests_total tenant=of2"],
        )
        with connections["default"].schema_editor() as editor:  # a catalog that can't be asked
            editor.alter_db_table(Tenant, Tenant._meta.db_table, "away")
        try:
            self.assertFalse([name for name in self.scrape() if name.startswith("manydb_tenants")])
        finally:
            with connections["default"].schema_editor() as editor:
                editor.alter_db_table(Tenant, "away", Tenant._meta.db_table)
