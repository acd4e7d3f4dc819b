"""Pitfall 4, reading from a replica what was just written: after a write, a request reads the primary."""

from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, TestCase
from manydb.replicas.middleware import ReadYourWrites
from manydb.tenants import tenant_context
from manydb.testing import aliases_used

from ..models import Note


def write_down(request: HttpRequest) -> HttpResponse:
    written = Note.objects.create(text="Ours")
    with aliases_used() as aliases:
        assert Note.objects.get() == written
    return HttpResponse(" ".join(aliases))


class ReadAfterWrite(TestCase):
    databases = {"default", "TESTCLIENT"}

    @tenant_context("testclient")
    def test_a_request_sees_what_it_has_written(self) -> None:
        response = ReadYourWrites(write_down)(RequestFactory().post("/"))
        self.assertEqual(response.content, b"TESTCLIENT")
