"""Pitfall 4, reading from a replica what was just written: after a write, a request reads the primary."""

from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, TestCase
from manydb.replicas.middleware import ReadYourWrites
from manydb.testing import aliases_used

from ..models import Announcement


def publish(request: HttpRequest) -> HttpResponse:
    written = Announcement.objects.create(text="To all")
    with aliases_used() as aliases:
        assert Announcement.objects.get() == written
    return HttpResponse(" ".join(aliases))


class ReadAfterWrite(TestCase):
    def test_a_request_sees_what_it_has_written(self) -> None:
        response = ReadYourWrites(publish)(RequestFactory().post("/"))
        self.assertEqual(response.content, b"default")
