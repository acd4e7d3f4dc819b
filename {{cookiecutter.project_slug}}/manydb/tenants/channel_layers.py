"""Groups of Channels that hold the tenant: a message to ``lobby`` reaches the lobby of the active tenant alone."""

from typing import Any

from django.utils.module_loading import import_string

from manydb.tenants.context import current_identity


class TenantLayer:
    """Any layer of Channels, in which each tenant has groups of its own, and work without a tenant others.

    ``CONFIG`` names the layer as ``backend``; the rest is for it.
    """

    def __init__(self, backend: str, **config: Any) -> None:
        self.inner = import_string(backend)(**config)

    async def group_add(self, group: str, channel: str) -> None:
        await self.inner.group_add(self._own(group), channel)

    async def group_discard(self, group: str, channel: str) -> None:
        await self.inner.group_discard(self._own(group), channel)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        await self.inner.group_send(self._own(group), message)

    def _own(self, group: str) -> str:
        # The name of a group may hold a period, and the identity of a tenant none.
        return f"{current_identity()}.{group}"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)
