"""What the connections of tenants change in Django: each change refuses a Django that does not fit."""

from typing import Any
from unittest import mock

from django.core.handlers.base import BaseHandler
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.utils import ConnectionHandler
from django.test import SimpleTestCase

from manydb.exceptions import PatchFailed
from manydb.patches import atomic_requests, connection_handler, reused_connections


class Refusal(SimpleTestCase):
    def assert_refused(self, patch: Any, why: str) -> None:
        with self.assertRaisesRegex(PatchFailed, rf"manydb\.patches\.{patch.name} .*{why}"):
            patch.verify()

    def test_this_django_fits(self) -> None:
        for module in (atomic_requests, connection_handler, reused_connections):
            module.PATCH.verify()

    def test_a_handler_of_another_package_is_not_replaced(self) -> None:
        class Theirs(ConnectionHandler):
            pass

        with mock.patch.object(connection_handler, "connections", Theirs()):
            self.assert_refused(connection_handler.PATCH, "no other package .*Theirs")

    def test_a_handler_that_keeps_its_connections_elsewhere(self) -> None:
        with mock.patch.object(ConnectionHandler, "__setitem__", lambda *given: None):
            self.assert_refused(connection_handler.PATCH, "finds what it was given")

    def test_a_connect_that_does_more(self) -> None:
        connect = BaseDatabaseWrapper.connect

        def twice(connection: Any) -> None:
            connect(connection)
            connection_created.send(sender=type(connection), connection=connection)

        def another_way(connection: Any) -> None:
            connection.connection = connection.open_it({})

        for other, why in ((twice, "and no more"), (another_way, "AttributeError")):
            with (
                self.subTest(other.__name__),
                mock.patch.object(BaseDatabaseWrapper, "connect", other),
            ):
                self.assert_refused(reused_connections.PATCH, why)

    def test_a_health_check_by_another_name(self) -> None:
        def asks(connection: Any) -> None:
            connection.is_usable()

        with mock.patch.object(BaseDatabaseWrapper, "close_if_health_check_failed", asks):
            self.assert_refused(reused_connections.PATCH, "and no more")

    def test_views_that_are_made_atomic_elsewhere(self) -> None:
        with mock.patch.object(BaseHandler, "_get_response", lambda self, request: None):
            self.assert_refused(atomic_requests.PATCH, "uses make_view_atomic")

    def test_connections_are_of_the_class_that_was_installed(self) -> None:
        self.assertIsInstance(connections, connection_handler.ThreadConnections)
