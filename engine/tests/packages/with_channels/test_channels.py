"""The chat of Channels' tutorial, at the host of each tenant."""

from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import override_settings

from ..case import SITES, Checked, PackageCase, PackageTransactionCase, Site, tenants_only
from .asgi import application
from .models import Message


class Checks(Checked, PackageCase):
    pass


class Channels(PackageTransactionCase):
    def socket(
        self, site: Site, path: str, origin: str = "", host: str = ""
    ) -> WebsocketCommunicator:
        client = self.client_of(site, self.user())
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        host = host or site.host
        headers = [
            (b"host", host.encode()),
            (b"origin", (origin or f"http://{host}").encode()),
            (b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()),
        ]
        return WebsocketCommunicator(application, path, headers)

    async def said(self, socket: WebsocketCommunicator) -> Any:
        return await socket.receive_json_from(timeout=20)

    def test_who_is_logged_in_chats_with_those_of_the_tenant(self) -> None:
        async_to_sync(self.chat)()

    async def chat(self) -> None:
        for path in ("/sync/", "/async/"):
            for site in SITES:
                text = f"{path} at {site.host}"
                sockets = [await sync_to_async(self.socket)(each, path) for each in (*SITES, site)]
                for socket in sockets:
                    self.assertEqual((await socket.connect(timeout=20))[0], True)
                await sockets[-1].send_json_to({"say": text})
                for each, socket in zip((*SITES, site), sockets, strict=True):
                    if each is site:
                        found = await self.said(socket)
                        self.assertEqual((found["said"], found["by"]), (text, "ada"))
                        self.assertTrue(all(kept.endswith(site.host) for kept in found["kept"]))
                    else:
                        self.assertTrue(await socket.receive_nothing())
                for socket in sockets:
                    await socket.disconnect()

    def test_a_message_from_outside_reaches_the_tenants_group(self) -> None:
        """A view or a task sends it with the layer."""
        async_to_sync(self.from_outside)()

    async def from_outside(self) -> None:
        sockets = [await sync_to_async(self.socket)(site, "/async/") for site in SITES]
        for socket in sockets:
            await socket.connect(timeout=20)
        message = {"type": "chat.said", "said": "from outside", "by": "a task"}
        with SITES[0].active():
            await get_channel_layer().group_send("lobby", message)
        self.assertEqual((await self.said(sockets[0]))["said"], "from outside")
        for socket in sockets[1:]:
            self.assertTrue(await socket.receive_nothing())
        for socket in sockets:
            await socket.disconnect()

    @tenants_only
    def test_a_cookie_of_one_tenant_and_a_page_of_another_are_worth_nothing(self) -> None:
        async_to_sync(self.mixed_up)()

    async def mixed_up(self) -> None:
        first, second = SITES
        socket = await sync_to_async(self.socket)(first, "/async/", host=second.host)
        await socket.connect(timeout=20)
        await socket.send_json_to({"say": "hello"})
        self.assertEqual((await self.said(socket))["by"], "AnonymousUser")
        await socket.disconnect()
        socket = await sync_to_async(self.socket)(first, "/async/", origin=f"http://{second.host}")
        self.assertEqual((await socket.connect(timeout=20))[0], False)
        for host in ("nobody.testserver", "example.com"):
            socket = await sync_to_async(self.socket)(first, "/async/", host=host)
            self.assertEqual((await socket.connect(timeout=20))[0], False)

    @tenants_only
    def test_who_is_no_member_is_anonymous(self) -> None:
        async_to_sync(self.members_only)()

    async def members_only(self) -> None:
        first, second = SITES
        with override_settings(TENANT_MEMBERSHIP=True):
            for site, name in ((first, "ada"), (second, "AnonymousUser")):
                socket = await sync_to_async(self.socket)(site, "/async/")
                await sync_to_async(self.is_member_of_the_first_only)()
                await socket.connect(timeout=20)
                await socket.send_json_to({"say": "hello"})
                self.assertEqual((await self.said(socket))["by"], name)
                await socket.disconnect()

    def is_member_of_the_first_only(self) -> None:
        """Logging in by a test's client has made a member of each tenant."""
        from manydb.tenants.membership.models import Membership

        Membership.objects.exclude(tenant__name=SITES[0].name).delete()

    def test_the_rows_are_those_of_the_site(self) -> None:
        async_to_sync(self.chat)()
        for site in SITES:
            with site.active():
                self.assertEqual(
                    [message.text for message in Message.objects.order_by("pk")],
                    [f"{path} at {site.host}" for path in ("/sync/", "/async/")],
                )
