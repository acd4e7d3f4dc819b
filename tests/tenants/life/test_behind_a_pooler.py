"""restore_tenant --replace behind PgBouncer, while the tenant's pages are asked for."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from ...commands import manage
from ...production import DOMAIN, serving, variables, with_pages
from ...servers import PgBouncer, Postgres
from ...servers.fixtures import require

SLUG = "pooled_life"


@pytest.mark.parametrize(
    "wait", ["0", pytest.param("", marks=pytest.mark.long)], ids=["at once", "when all know"]
)
def test_pages_answer_503_and_never_500_while_a_tenant_is_replaced(
    rendered: Callable[..., Path], postgres: Postgres, tmp_path: Path, wait: str
) -> None:
    require("PgBouncer")
    project = rendered(
        database_engine="postgresql", router="tenant", pooling="pgbouncer", project_slug=SLUG
    )
    with PgBouncer(postgres.base, postgres, "pooled-life") as pooler:
        env = variables(SLUG, pooler, "pgbouncer")
        manage(project, "bootstrap", env={**postgres.environment(), "DATABASE_READER_HOST": ""})
        file = tmp_path / "acme.zip"
        manage(project, "dump_tenant", "acme", str(file), env=env)
        words = ["restore_tenant", str(file), "--name", "acme", "--replace", "--yes"]
        with serving(
            project, tmp_path / "log", with_pages(env, SLUG), f"{SLUG}.wsgi", threads=8
        ) as site:
            ended, answers = Event(), Counter[int]()

            def visit(path: str) -> None:
                while not ended.wait(0.05):
                    answers[site.get(f"acme.{DOMAIN}", path)[0]] += 1

            with ThreadPoolExecutor(4) as visitors:
                for path in 2 * ("/write-then-read/", "/read/1/"):
                    visitors.submit(visit, path)
                try:
                    for _ in range(2):
                        manage(project, *words, *(["--wait", wait] if wait else []), env=env)
                finally:
                    ended.set()
            said = (tmp_path / "log").read_text()
            assert set(answers) <= {200, 404, 503} and answers[200] and answers[503], (
                answers,
                said[-6000:],
            )
