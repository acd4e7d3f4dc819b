"""An address whose new connections can be sent elsewhere, while those that are open stay where they are."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any


class Address:
    """As a name, a virtual IP or a proxy that forgets to close sessions."""

    def __init__(self, server: Any) -> None:
        self.leads_to = server
        self._listening = socket.create_server((server.host, 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                place = self.leads_to.host, self.leads_to.port
                server = socket.create_connection(place)
                for way in ((client, server, bytes), (server, client, self.on_the_way_back)):
                    threading.Thread(target=_copy, args=way, daemon=True).start()

    def on_the_way_back(self, data: bytes) -> bytes:
        """What the client gets of what the server has sent."""
        return data


def _copy(source: socket.socket, target: socket.socket, change: Callable[[bytes], bytes]) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(change(data))
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@contextmanager
def address_of(server: Any) -> Iterator[Address]:
    address = Address(server)
    try:
        yield address
    finally:
        address.close()
