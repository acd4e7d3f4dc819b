from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application
from django.urls import path

from ..site import ROUTER
from .consumers import AsyncChat, SyncChat

chats = URLRouter([path("sync/", SyncChat.as_asgi()), path("async/", AsyncChat.as_asgi())])
websocket = AuthMiddlewareStack(chats)
if ROUTER == "tenant":
    from manydb.tenants.websockets import TenantWebsockets

    websocket = TenantWebsockets(websocket)

application = ProtocolTypeRouter(
    {"http": get_asgi_application(), "websocket": AllowedHostsOriginValidator(websocket)}
)
