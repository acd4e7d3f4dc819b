"""Opens every page that the admin has of an app: lists, searches, each sorting, the first rows' own pages.

Run inside a rendered and bootstrapped project, with the app's label. Prints as JSON what failed, which
messages were shown, how attempts to write were answered, which statements counted, and what was shown.
"""

import json
import re
import sys
from html import unescape
from urllib.parse import urlencode

import django
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

ROW = re.compile(r'<a href="([^"]+/change/[^"]*)"')
MESSAGE = re.compile(r'<li class="(?:error|warning)">(.*?)</li>')
CELL = re.compile(r"<t[dh] class=\"[^\"]*field-(\w+)[^\"]*\">(.*?)</t[dh]>")
VALUE = re.compile(r'field-(\w+)">(?:(?!field-).)*?class="readonly">(.*?)</div>', re.DOTALL)


def text(html):
    return unescape(re.sub("<[^>]*>", "", html)).strip()


class Walk:
    def __init__(self, client):
        self.client = client
        self.failed, self.messages = {}, []

    def get(self, address):
        try:
            response = self.client.get(address)
        except Exception as error:
            self.failed[address] = f"{type(error).__name__}: {error}"
            return ""
        if response.status_code != 200:
            self.failed[address] = response.status_code
            response = self.client.get("/admin/")
        page = response.content.decode()
        self.messages += [text(found) for found in MESSAGE.findall(page)]
        return page


def main(app):
    django.setup()
    settings.ALLOWED_HOSTS = ["*"]
    user = get_user_model().objects.create_superuser("walker")
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    walk = Walk(client)
    lists, pages, written, unknown, counts = {}, {}, set(), set(), []
    for model in apps.get_app_config(app).get_models():
        place = f"/admin/{app}/{model._meta.model_name}/"
        with CaptureQueriesContext(connections[model._DATABASE]) as queries:
            first = walk.get(place)
            for column in range(len({name for name, _ in CELL.findall(first)})):
                walk.get(f"{place}?o={column}")
                walk.get(f"{place}?o=-{column}")
            for word in ("a", "1", "'\"%_\\ é", '"order', "2020-01-01", "9" * 30):
                walk.get(f"{place}?{urlencode({'q': word})}")
            rows = [unescape(address) for address in ROW.findall(first)[:3]]
            pages[model.__name__] = [
                {name: text(value) for name, value in VALUE.findall(walk.get(row))} for row in rows
            ]
            for address in (f"{place}add/", *rows[:1], *(f"{row}../delete/" for row in rows[:1])):
                written.add(client.post(address, {"post": "yes"}).status_code)
            nowhere = client.get(f"{place}{'9' * 30}/change/", follow=True)
            unknown |= {status for _, status in nowhere.redirect_chain}
        counts += [query["sql"] for query in queries if "COUNT(" in query["sql"]]
        lists[model.__name__] = [[name, text(cell)] for name, cell in CELL.findall(first)]
    start = client.get("/").content.decode()
    folded = re.search(rf'<details[^>]* id="legacy-{app}"(?! open)', start) is not None
    report = {
        "folded": folded,
        "failed": walk.failed,
        "messages": walk.messages,
        "written": sorted(written),
        "unknown": sorted(unknown),
    }
    print(json.dumps(report | {"counts": counts, "lists": lists, "pages": pages}))


if __name__ == "__main__":
    main(sys.argv[1])
