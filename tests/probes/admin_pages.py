"""Opens every page that the admin has of an app: lists, searches, each sorting, the first rows' own pages.

Run inside a rendered and bootstrapped project, with the app's label. Prints as JSON what failed, which
messages were shown, the statements per model and what its list shows.
"""

import json
import re
import sys
from html import unescape
from urllib.parse import urlencode

import django
from django.apps import apps
from django.conf import settings
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
    user = apps.get_model("auth", "User").objects.create_superuser("walker")
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    walk = Walk(client)
    statements, lists, pages = {}, {}, {}
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
        lists[model.__name__] = [[name, text(cell)] for name, cell in CELL.findall(first)]
        statements[model.__name__] = [query["sql"] for query in queries]
    report = {"failed": walk.failed, "messages": walk.messages}
    print(json.dumps(report | {"lists": lists, "pages": pages, "statements": statements}))


if __name__ == "__main__":
    main(sys.argv[1])
