"""Visits the apps of the tutorials as a browser does, in a project that was bootstrapped; prints what differs from plain Django."""

import re

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

wrong: list[str] = []


def expect(page, status: int, *texts: str, without: tuple[str, ...] = ()) -> str:
    body = b"".join(page.streaming_content) if page.streaming else page.content
    text = body.decode()
    said = f"{page.request['REQUEST_METHOD']} {page.request['PATH_INFO']}"
    if page.status_code != status:
        errors = re.findall(r'class="error.*', text) or [text[:500]]
        wrong.append(f"{said}: {page.status_code}, not {status}: {errors}")
    wrong.extend(f"{said}: no {each!r} in {text[-900:]}" for each in texts if each not in text)
    wrong.extend(f"{said}: {each!r} is there" for each in without if each in text)
    return text


def rows(prefix: str, *lines: dict[str, object]) -> dict[str, object]:
    data: dict[str, object] = {f"{prefix}-TOTAL_FORMS": len(lines), f"{prefix}-INITIAL_FORMS": 0}
    for number, line in enumerate(lines):
        data |= {f"{prefix}-{number}-{name}": value for name, value in line.items()}
    return data


get_user_model().objects.create_superuser("root", "root@example.com", "secret")


def browser(host: str) -> Client:
    client = Client(headers={"host": host})
    logged_in = client.post(
        "/admin/login/?next=/admin/", {"username": "root", "password": "secret"}
    )
    expect(logged_in, 302)
    return client


def polls(client: Client) -> None:
    now = timezone.now()
    asked = {
        "question_text": "Why?",
        "pub_date_0": f"{now:%Y-%m-%d}",
        "pub_date_1": f"{now:%H:%M:%S}",
    }
    choices = rows(
        "choice_set", {"choice_text": "So", "votes": 0}, {"choice_text": "No", "votes": 0}
    )
    expect(client.get("/admin/polls/question/add/"), 200, "Date information")
    expect(client.post("/admin/polls/question/add/", asked | choices), 302)
    expect(
        client.get("/admin/polls/question/?q=Why&pub_date__gte=2020-01-01+00:00:00%2B00:00"),
        200,
        "Why?",
        "icon-yes",
    )
    expect(client.get("/polls/"), 200, "Why?")
    page = expect(client.get("/polls/1/"), 200, "So", "No")
    (first, _) = re.findall(r'name="choice" id="choice\d" value="(\d+)"', page)
    for votes in ("1 vote<", "2 votes<"):
        expect(client.post("/polls/1/vote/", {"choice": first}, follow=True), 200, f"So -- {votes}")
    expect(client.post("/polls/1/vote/"), 200, "You didn&#x27;t select a choice.")
    expect(client.get("/polls/99/"), 404)


def invoices(client: Client, others: Client) -> None:
    expect(client.post("/admin/invoices/customer/add/", {"name": "Ltd."}), 302)
    expect(client.get("/admin/invoices/invoice/add/"), 200)
    lines = rows("lines", {"text": "Tea", "quantity": 2, "price": "1.50"})
    made = client.post("/admin/invoices/invoice/add/", {"customer": 1, "number": "A1"} | lines)
    expect(made, 302)
    expect(client.get("/admin/invoices/invoice/1/change/"), 200, "A1", "Tea")
    expect(client.get("/admin/invoices/invoice/1/history/"), 200, "Added")
    listed = expect(client.get("/admin/invoices/invoice/?q=Ltd&paid__exact=0"), 200, "A1", "root")
    assert "Ltd." in listed
    found = client.get(
        "/admin/autocomplete/?app_label=invoices&model_name=invoice&field_name=customer&term=Lt"
    )
    expect(found, 200, "Ltd.")
    expect(client.get("/invoices/"), 200, "A1 Ltd. 3.00 by root")
    data = {"customer": 1, "number": "A2"} | rows(
        "lines", {"text": "Nut", "quantity": 1, "price": "2"}
    )
    expect(client.post("/invoices/new/", data, follow=True), 200, "A2 was made.", "A2: 2.00")
    expect(client.post("/invoices/new/", data), 200, "already exists")
    expect(client.post("/invoices/2/pay/", follow=True), 200, ", paid")
    action = {"action": "mark_paid", "_selected_action": [1]}
    expect(client.post("/admin/invoices/invoice/", action), 302)
    expect(client.get("/invoices/1/"), 200, ", paid", "by root")
    expect(others.get("/invoices/"), 200, without=("A1", "Ltd."))
    expect(others.get("/invoices/1/"), 404)
    expect(others.get("/admin/invoices/invoice/"), 200, without=("A1",))
    expect(others.get("/admin/invoices/invoice/1/change/"), 302)
    expect(others.post("/admin/invoices/customer/add/", {"name": "Inc."}), 302)
    expect(client.get("/admin/invoices/customer/"), 200, "Ltd.", without=("Inc.",))
    delete = {"action": "delete_selected", "_selected_action": [1, 2], "post": "yes"}
    expect(
        client.post("/admin/invoices/invoice/", delete, follow=True), 200, "Successfully deleted 2"
    )
    expect(client.get("/invoices/"), 200, without=("A1", "A2"))


try:
    acme, globex = browser("acme.localhost"), browser("globex.localhost")
    polls(browser("localhost"))
    expect(acme.get("/polls/"), 200, "Why?")
    invoices(acme, globex)
finally:
    print("\n".join(wrong) or "as in plain Django")
