"""An address whose new connections can be sent elsewhere, while those that are open stay where they are."""

import socket
import threading
from collections.abc import Iterator
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
                for source, target in ((client, server), (server, client)):
                    threading.Thread(target=_copy, args=(source, target), daemon=True).start()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@contextmanager
def address_of(server: Any) -> Iterator[Address]:
    address = Address(server)
    try:
        yield address
    finally:
        address.close()
