"""Ten clients that get, change and save a row each, by POST, while the replica lags: all changes are kept."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks.clients import Browser
from benchmarks.replicas import for_load

from ..production import serving
from .sites import PAIRS, Site, lagging

CLIENTS = 10
LAG = 0.3  # seconds
FEW = [pytest.param(*pair, 10, id="-".join(pair)) for pair in PAIRS[:2]]
MANY = [
    pytest.param(*pair, 100, id="-".join((*pair, "long")), marks=pytest.mark.long) for pair in PAIRS
]


class Client:
    """Has a row of its own, which is as old as it is. Every other one keeps no cookies, as clients of APIs do."""

    def __init__(self, name: int, port: int) -> None:
        self.name = name
        self.browser = Browser(port)
        self.pk = self.ask("POST", f"/claim/0-client{name}@shop.example/")["pk"]
        self.made: list[int] = []

    def ask(self, method: str, path: str) -> dict[str, int]:
        if self.name % 2:
            self.browser.cookies.clear()
        status, answer = self.browser.ask(method, path)
        assert status == 200, answer
        return answer

    def work(self, changes: int) -> None:
        """So many changes of the row; and as many claims, each made twice."""
        for number in range(changes):
            self.ask("GET", f"/read/{self.pk}/")
            self.ask("POST", f"/change/{self.pk}/")
            text = f"0-{number}of{self.name}@shop.example"
            answers = [self.ask("POST", f"/claim/{text}/") for _ in range(2)]
            assert [answer["taken"] for answer in answers] == [False, True]


@pytest.mark.parametrize(
    ("site", "changes"),
    [
        pytest.param(each.values[:2], each.values[2], id=each.id, marks=each.marks)
        for each in FEW + MANY
    ],
    indirect=["site"],
)
def test_all_changes_are_kept_and_no_check_of_what_is_unique_is_passed_twice(
    site: Site, changes: int, tmp_path: Path
) -> None:
    table = "conferences_registration" if site.slug == "pair_tenant" else "auth_group"
    field = "email" if site.slug == "pair_tenant" else "name"
    env = for_load(site.folder, site.env)
    site.primary.sql(
        f"delete from {table} where {field} like '%client%' or {field} like '%of%'", site.database
    )
    with (
        serving(site.folder, tmp_path / "gunicorn", env, f"{site.slug}.wsgi") as place,
        lagging(site.replica, LAG),
        ThreadPoolExecutor(CLIENTS) as pool,
    ):
        clients = [Client(name, place.port) for name in range(CLIENTS)]
        for finished in [pool.submit(client.work, changes) for client in clients]:
            finished.result()
    for client in clients:
        kept = site.primary.sql(
            f"select {field} from {table} where id = {client.pk}", site.database
        )
        assert kept == f"{changes}-client{client.name}@shop.example"
    made = site.primary.sql(
        f"select count(*) from {table} where {field} like '0-%of%'", site.database
    )
    assert int(made) == changes * CLIENTS
