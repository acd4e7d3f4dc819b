"""The chat of the tutorial, with sync and with async consumers; what is said is kept."""

from typing import Any

from asgiref.sync import async_to_sync
from channels.generic.websocket import AsyncJsonWebsocketConsumer, JsonWebsocketConsumer

from .models import Message


class SyncChat(JsonWebsocketConsumer):
    groups = ["lobby"]

    def receive_json(self, content: Any, **kwargs: Any) -> None:
        Message.objects.create(text=content["say"])
        said = {"type": "chat.said", "said": content["say"], "by": str(self.scope["user"])}
        async_to_sync(self.channel_layer.group_send)("lobby", said)

    def chat_said(self, event: Any) -> None:
        kept = [message.text for message in Message.objects.order_by("pk")]
        self.send_json({"said": event["said"], "by": event["by"], "kept": kept})


class AsyncChat(AsyncJsonWebsocketConsumer):
    groups = ["lobby"]

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        await Message.objects.acreate(text=content["say"])
        said = {"type": "chat.said", "said": content["say"], "by": str(self.scope["user"])}
        await self.channel_layer.group_send("lobby", said)

    async def chat_said(self, event: Any) -> None:
        kept = [message.text async for message in Message.objects.order_by("pk")]
        await self.send_json({"said": event["said"], "by": event["by"], "kept": kept})
