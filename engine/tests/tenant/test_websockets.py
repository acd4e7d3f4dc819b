"""The host of a websocket says whose it is, for as long as it is open and its tenant is served."""

from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Self

from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.test import SimpleTestCase, TestCase, override_settings
from django.urls import reverse

from engine.site.notes.models import Note
from engine.tests.names import OTHER_ALIAS, OTHER_TENANT, host_of
from manydb.tenants.channel_layers import TenantLayer
from manydb.tenants.context import current_tenant, tenant_context
from manydb.tenants.models import Hostname, Tenant
from manydb.tenants.settings_checks import check_channel_layers
from manydb.tenants.websockets import TenantWebsockets
from manydb.testing import aliases_used

Event = dict[str, Any]
TENANTS = ("testclient", OTHER_TENANT)


async def echo(scope: Event, receive: Any, send: Any) -> None:
    """Answers each text with the tenant, what the scope says, and what its database has."""
    while True:
        event = await receive()
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif event["type"] == "websocket.disconnect":
            return
        else:
            notes = [note.text async for note in Note.objects.all()] if current_tenant() else []
            answer = (current_tenant(), scope["tenant"], reverse("home"), *notes)
            await send({"type": "websocket.send", "text": " ".join(map(str, answer))})


class Socket(AbstractAsyncContextManager["Socket"]):
    """A client of a websocket at a host."""

    def __init__(self, host: str, path: str = "/", origin: str = "", **scope: Any) -> None:
        headers = [(b"host", host.encode())]
        headers += [(b"origin", origin.encode())] if origin else []
        scope = {"type": "websocket", "path": path, "headers": headers, **scope}
        self.server = ApplicationCommunicator(TenantWebsockets(echo), scope)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.server.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.server.wait(timeout=10)

    async def connect(self) -> Event:
        await self.server.send_input({"type": "websocket.connect"})
        return await self.answer()

    async def answer(self) -> Event:
        event: Event = await self.server.receive_output(timeout=10)
        return event

    async def ask(self) -> Event:
        await self.server.send_input({"type": "websocket.receive", "text": "?"})
        return await self.answer()

    async def refusal(self) -> int:
        start = await self.connect()
        assert (await self.answer())["type"] == "websocket.http.response.body"
        return int(start["status"])


CAN_SAY_WHY = {"extensions": {"websocket.http.response": {}}}


class Websockets(TestCase):
    databases = {"default", "TESTCLIENT", OTHER_ALIAS}

    @classmethod
    def setUpTestData(cls) -> None:
        for tenant in TENANTS:
            with tenant_context(tenant):
                Note.objects.create(text=f"of {tenant}")

    async def test_each_has_the_tenant_of_its_host(self) -> None:
        async with Socket(host_of(TENANTS[0])) as one, Socket(host_of(TENANTS[1])) as other:
            for socket in (one, other):
                self.assertEqual((await socket.connect())["type"], "websocket.accept")
            for _ in range(2):
                for socket, name in zip((one, other), TENANTS, strict=True):
                    self.assertEqual((await socket.ask())["text"], f"{name} {name} / of {name}")
        self.assertIsNone(current_tenant())

    async def test_the_base_domain_has_none(self) -> None:
        with tenant_context("testclient"):  # what work before it has left
            async with Socket("testserver") as socket:
                await socket.connect()
                self.assertEqual((await socket.ask())["text"], "None None /")

    @override_settings(TENANT_RESOLVERS=["manydb.tenants.resolvers.path"])
    async def test_a_path_may_say_which(self) -> None:
        async with Socket("testserver", "/t/testclient/chat/") as socket:
            await socket.connect()
            expected = "testclient testclient /t/testclient/ of testclient"
            self.assertEqual((await socket.ask())["text"], expected)

    async def test_who_is_not_served_is_told_why(self) -> None:
        await Tenant.objects.acreate(name="waiting", database="none", state="suspended")
        cases = {"nobody.testserver": 404, "waiting.testserver": 503, "example.com": 400}
        for host, status in cases.items():
            with self.subTest(host), aliases_used() as aliases:
                self.assertEqual(await Socket(host, **CAN_SAY_WHY).refusal(), status)
                self.assertEqual((await Socket(host).connect())["type"], "websocket.close")
                self.assertLessEqual(set(aliases), {"default"})

    async def test_a_page_of_another_tenant_is_refused(self) -> None:
        """The cookies of its visitor would come along."""
        await Tenant.objects.acreate(name="distant", database="none")
        row = await Tenant.objects.aget(name="distant")
        await Hostname.objects.acreate(host="shop.example.com", tenant=row)
        ours = host_of("testclient")
        cases = {
            f"https://{ours}": True,
            "https://testserver": True,
            "https://app.testserver": True,
            "https://elsewhere.example.com": True,  # which AllowedHostsOriginValidator may refuse
            f"https://{host_of(OTHER_TENANT)}:8000": False,
            "https://shop.example.com": False,
        }
        for origin, is_served in cases.items():
            with self.subTest(origin):
                event = await Socket(ours, origin=origin).connect()
                self.assertEqual(event["type"] == "websocket.accept", is_served)
        self.assertEqual(
            await Socket(ours, origin=f"http://{host_of(OTHER_TENANT)}", **CAN_SAY_WHY).refusal(),
            403,
        )

    async def test_it_is_closed_when_its_tenant_is_not_served_any_more(self) -> None:
        async def suspend(row: Tenant) -> None:
            row.state = "suspended"
            await row.asave()

        async def replace(row: Tenant) -> None:
            await row.adelete()
            await Tenant.objects.acreate(name=row.name, database=row.name, state="ready")

        for change in (suspend, Tenant.adelete, replace):
            with self.subTest(change.__name__):
                name = f"brief_{change.__name__}"
                row = await Tenant.objects.acreate(name=name, database=name, state="ready")
                async with Socket(host_of(name)) as socket:
                    await socket.connect()
                    await change(row)
                    event = await socket.ask()
                    self.assertEqual(event, {"type": "websocket.close", "code": 1013})

    async def test_nothing_is_sent_for_a_tenant_that_is_not_served_any_more(self) -> None:
        row = await Tenant.objects.acreate(name="quiet", database="quiet", state="ready")

        async def late(scope: Event, receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            row.state = "suspended"
            await row.asave()
            for _ in range(2):
                await send({"type": "websocket.send", "text": "secret"})

        socket = Socket(host_of("quiet"))
        socket.server.application = TenantWebsockets(late)
        await socket.connect()
        self.assertEqual((await socket.answer())["type"], "websocket.close")
        self.assertTrue(await socket.server.receive_nothing())

    async def test_other_protocols_pass(self) -> None:
        seen: list[str] = []

        async def application(scope: Event, receive: Any, send: Any) -> None:
            seen.append(scope["type"])

        await TenantWebsockets(application)({"type": "lifespan"}, None, None)  # type: ignore[arg-type]
        self.assertEqual(seen, ["lifespan"])


class Layer:
    """Has groups, as a layer of Channels."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.groups: dict[str, set[str]] = {}

    async def group_add(self, group: str, channel: str) -> None:
        self.groups.setdefault(group, set()).add(channel)

    async def group_discard(self, group: str, channel: str) -> None:
        self.groups[group].discard(channel)

    async def group_send(self, group: str, message: Event) -> None:
        message["to"] = sorted(self.groups.get(group, ()))


class Groups(SimpleTestCase):
    async def test_each_tenant_has_its_own(self) -> None:
        layer = TenantLayer(f"{__name__}.Layer", capacity=7)
        self.assertEqual(layer.capacity, 7)
        for tenant in TENANTS:
            with tenant_context(tenant):
                await layer.group_add("lobby", f"{tenant} 1")
                await layer.group_add("lobby", f"{tenant} 2")
                await layer.group_discard("lobby", f"{tenant} 2")
        await layer.group_add("lobby", "of the base domain")
        for tenant in TENANTS:
            message: Event = {}
            with tenant_context(tenant):
                await sync_to_async(current_tenant)()
                await layer.group_send("lobby", message)
            self.assertEqual(message["to"], [f"{tenant} 1"])
        await layer.group_send("lobby", message := {})
        self.assertEqual(message["to"], ["of the base domain"])

    def test_check_finds_a_layer_of_all_tenants(self) -> None:
        plain = {"BACKEND": "channels.layers.InMemoryChannelLayer"}
        ours = {
            "BACKEND": "manydb.tenants.channel_layers.TenantLayer",
            "CONFIG": {"backend": plain["BACKEND"]},
        }
        self.assertEqual(check_channel_layers(None), [])
        with override_settings(CHANNEL_LAYERS={"default": ours, "other": plain}):
            (found,) = check_channel_layers(None)
        self.assertEqual(found.id, "manydb.W220")
        self.assertIn("CHANNEL_LAYERS['other']", found.msg)
