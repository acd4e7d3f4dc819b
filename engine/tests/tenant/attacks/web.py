"""Attacks by requests: hosts, paths, headers, cookies and addresses that lead to another tenant, asked on our host."""

from http.cookies import SimpleCookie
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.core.files.storage import default_storage
from django.test import Client

from engine.site.notes.models import Note
from engine.tests.names import OTHER_TENANT, host_of
from manydb.tenants import catalog
from manydb.tenants.context import no_tenant
from manydb.tenants.models import Tenant

from . import KEY, SECRET, Attack
from .beside import stored

OUR_HOST, THEIR_HOST = host_of("testclient"), host_of(OTHER_TENANT)
PASSWORD = "for a test"
NOTE = f"/admin/notes/note/{KEY}"


def visitor(host: str = OUR_HOST, cookies: SimpleCookie | None = None, **options: Any) -> Client:
    client = Client(headers={"host": host}, raise_request_exception=False, **options)
    client.cookies.update(cookies or {})
    return client


def asked(client: Client, path: str, method: str = "get", **more: Any) -> object:
    """The status of an answer that holds nothing of theirs, or the answer."""
    with no_tenant():
        response = getattr(client, method)(path, **more)
        body = b"".join(response) if response.streaming else response.content
    if SECRET.encode() in body:
        return body.decode()
    return 302 if response.status_code == 302 else response.status_code


def logged_in(host: str = THEIR_HOST) -> Client:
    """A browser of a user of theirs, who may do all there."""
    user, _ = get_user_model().objects.get_or_create(
        username="eve", is_superuser=True, is_staff=True
    )
    client = visitor(host)
    with no_tenant():
        client.force_login(user)
        client.get("/admin/")  # which makes the session one of theirs
    return client


def page(name: str, path: str, *statuses: int, host: str = OUR_HOST, **headers: str) -> Attack:
    return Attack(
        f"asked for: {name}",
        lambda: None,
        lambda _: asked(visitor(host), path, headers={"host": host, **headers}),
        (),
        statuses,
    )


def file_of_theirs(path: str, name: str, host: str = OUR_HOST) -> Attack:
    """``{address}`` is that of their file, ``{folder}`` its beginning."""

    def make() -> str:
        address = default_storage.url(stored())
        return path.format(address=address, folder=address.rpartition("/reports")[0])

    return Attack(f"a file: {name}", make, lambda it: asked(visitor(host), it), (), (404,))


def _on_our_host(cookies: SimpleCookie) -> object:
    return asked(visitor(cookies=cookies), f"{NOTE}/change/")


def _posted(client: Client) -> object:
    """A page on their host posts to ours, with the cookies of one who is logged in here."""
    ours = logged_in(OUR_HOST)
    forged = Client(headers={"host": OUR_HOST}, enforce_csrf_checks=True)
    forged.cookies = ours.cookies
    token = "a" * 32
    forged.cookies["csrftoken"] = token
    return asked(
        forged,
        f"{NOTE}/change/",
        "post",
        data={"text": "Changed", "csrfmiddlewaretoken": token},
        headers={"origin": f"http://{THEIR_HOST}", "host": OUR_HOST},
    )


def _history(_: Any) -> object:
    return asked(logged_in(OUR_HOST), f"{NOTE}/history/")


def _logged() -> None:
    user, _ = get_user_model().objects.get_or_create(
        username="eve", is_superuser=True, is_staff=True
    )
    mark = f"{catalog.owner_of(OTHER_TENANT)}:{KEY}"
    from django.contrib.contenttypes.models import ContentType

    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(Note),
        object_id=mark,
        object_repr=SECRET,
        action_flag=2,
        change_message=SECRET,
    )


def _state(state: str) -> Any:
    def make() -> str:
        Tenant.objects.create(name="newcomer", database="newcomer", state=state)
        return host_of("newcomer")

    return make


def _database_of_default() -> str:
    """A row of the catalog that names the shared database as a tenant's."""
    from django.db import connections

    name = str(connections.settings["default"]["NAME"])
    Tenant.objects.create(name="newcomer", database=name, state="ready")
    return host_of("newcomer")


TABLE_ONCE: list[Attack] = [
    page("an unknown tenant", "/rows/", 404, host="nobody.testserver"),
    page("an alias", "/rows/", 404, host="default.testserver"),
    page("a replica's alias", "/rows/", 404, host=f"{OTHER_TENANT}-ro.testserver"),
    page("what is below their host", "/rows/", 404, host=f"www.{THEIR_HOST}"),
    page("another domain", "/rows/", 400, host="evil.example"),
    page("a domain that ends alike", "/rows/", 400, host=f"{OTHER_TENANT}.eviltestserver"),
    page("our rows, with their host forwarded", "/rows/", 200, **{"x-forwarded-host": THEIR_HOST}),
    page("our rows, with their name in a header", "/rows/", 200, **{"x-tenant": OTHER_TENANT}),
    page("our rows, with their name in another header", "/rows/", 200, tenant=OTHER_TENANT),
    page("our rows, with their name in the query", f"/rows/?tenant={OTHER_TENANT}", 200),
    page("their name in the path", f"/t/{OTHER_TENANT}/rows/", 404),
    page("our rows, with their host in the path", f"//{THEIR_HOST}/rows/", 200),
    Attack(
        "asked on our host: their session",
        lambda: logged_in().cookies,
        _on_our_host,
        (),
        (302,),
    ),
    Attack(
        "asked on our host: their page, logged in there",
        logged_in,
        lambda client: asked(visitor(cookies=client.cookies), "/admin/notes/note/"),
        (),
        (302,),
    ),
    Attack(
        "asked on our host: their page ends our session",
        lambda: logged_in().cookies,
        lambda cookies: asked(visitor(cookies=cookies), "/admin/logout/", "post"),
        (),
        (302, 200),
    ),
    Attack("a page of theirs posts to ours", logged_in, _posted, (), (403,)),
    Attack("the history of their object", _logged, _history, (), (200,)),
    Attack(
        "their object, as the log names it",
        lambda: f"/admin/notes/note/{catalog.owner_of(OTHER_TENANT)}_3A{KEY}/change/",
        lambda path: asked(logged_in(OUR_HOST), path),
        (),
        (302,),
    ),
    Attack(
        "a tenant that is suspended",
        _state("suspended"),
        lambda host: asked(visitor(host), "/empty/"),
        (),
        (503,),
    ),
    Attack(
        "a tenant that is being made",
        _state("creating"),
        lambda host: asked(visitor(host), "/empty/"),
        (),
        (503,),
    ),
    Attack(
        "a row of the catalog that names the shared database",
        _database_of_default,
        lambda host: asked(visitor(host), "/rows/"),
        (),
        (500, 503, 404),
    ),
    file_of_theirs("{address}", "its address"),
    file_of_theirs("{address}", "on the base domain", "testserver"),
    file_of_theirs("{folder}/", "its folder"),
    file_of_theirs(f"/media/{OTHER_TENANT}/reports/theirs.txt", "by their name"),
    file_of_theirs("{address}/below", "below it"),
    file_of_theirs("{address}%00.txt", "with a NUL"),
    file_of_theirs("{folder}/" + "n" * 300, "with a long name"),
    file_of_theirs("{folder}/" + "f/" * 1000, "in a deep folder"),
    file_of_theirs("/media/%2e%2e{address}", "out and in"),
    file_of_theirs("/media//{address}", "from the root"),
]
