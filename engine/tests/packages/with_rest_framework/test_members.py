"""A token is good where its user is a member: each authentication class asks the same function."""

import base64
from typing import Any
from unittest import mock

from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from rest_framework import request as requests
from rest_framework.authentication import BasicAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from manydb.exceptions import PatchFailed
from manydb.testing import member

from ..case import SITES, PackageCase, Site, tenants_only
from .urls import Labels


@tenants_only
@override_settings(TENANT_MEMBERSHIP=True, ROOT_URLCONF=f"{__package__}.urls")
class Members(PackageCase):
    def setUp(self) -> None:
        self.ours, self.theirs = SITES
        self.clerk = member(self.user("clerk"), self.ours.name)

    def client_with(self, site: Site, **credentials: str) -> APIClient:
        client = APIClient(headers={"host": site.host})
        client.credentials(**credentials)
        return client

    def adds(self, client: APIClient) -> int:
        response: Any = client.post("/api/labels/", {"name": "urgent"})
        status: int = response.status_code
        return status

    def test_a_token_is_good_for_members(self) -> None:
        token = Token.objects.create(user=self.clerk)
        for site, status in ((self.ours, 201), (self.theirs, 403)):
            client = self.client_with(site, HTTP_AUTHORIZATION=f"Token {token.key}")
            self.assertEqual(self.adds(client), status)
        with self.assertLogs("manydb.tenants.membership.admission") as logs:
            self.assertEqual(client.get("/api/labels/").status_code, 200)  # which anyone may read
        self.assertEqual(len(logs.records), 1)
        self.clerk.tenant_memberships.all().delete()
        client = self.client_with(self.ours, HTTP_AUTHORIZATION=f"Token {token.key}")
        self.assertEqual(self.adds(client), 403)

    def test_a_token_costs_one_query_more(self) -> None:
        token = Token.objects.create(user=self.clerk)
        client = self.client_with(self.ours, HTTP_AUTHORIZATION=f"Token {token.key}")
        counts = []
        for on in (False, True):
            with (
                override_settings(TENANT_MEMBERSHIP=on),
                CaptureQueriesContext(connection) as queries,
            ):
                self.assertEqual(self.adds(client), 201)
            counts.append(len(queries))
        self.assertEqual(counts[1], counts[0] + 1)

    def test_no_stranger_gets_a_token(self) -> None:
        sent = {"username": "clerk", "password": "secret-word"}
        for site, status in ((self.ours, 200), (self.theirs, 400)):
            self.assertEqual(
                APIClient(headers={"host": site.host}).post("/token/", sent).status_code, status
            )

    def test_a_password_in_a_header_is_no_way_in(self) -> None:
        basic = "Basic " + base64.b64encode(b"clerk:secret-word").decode()
        with mock.patch.object(Labels, "authentication_classes", [BasicAuthentication]):
            for site, status in ((self.ours, 201), (self.theirs, 401)):
                self.assertEqual(
                    self.adds(self.client_with(site, HTTP_AUTHORIZATION=basic)), status
                )

    def test_a_session_is_asked_about_once(self) -> None:
        for site, status in ((self.ours, 201), (self.theirs, 403)):
            client = APIClient(headers={"host": site.host})
            client.force_login(self.clerk)
            client.get("/api/labels/")
            counts = []
            for on in (False, True):
                with (
                    override_settings(TENANT_MEMBERSHIP=on),
                    CaptureQueriesContext(connection) as queries,
                ):
                    client.get("/api/labels/")
                counts.append(len(queries))
            if site == self.ours:
                self.assertEqual(*counts)
            self.assertEqual(self.adds(client), status)

    def test_a_test_says_who_it_is(self) -> None:
        client = APIClient(headers={"host": self.theirs.host})
        client.force_authenticate(self.clerk)
        self.assertEqual(self.adds(client), 201)

    def test_another_rest_framework_is_refused(self) -> None:
        from manydb.patches.rest_framework_requests import PATCH

        PATCH.verify()
        with (
            mock.patch.object(requests.Request, "_not_authenticated", lambda self: None),
            self.assertRaisesRegex(PatchFailed, "rest_framework_requests does not fit"),
        ):
            PATCH.verify()
