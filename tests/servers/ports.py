"""Ports for servers that must be found again at the same place after they were down."""

import random
import socket


def free_port() -> int:
    """A free loopback port below those that systems hand to clients (32768 up; macOS 49152 up).

    One from there could become a client's before its server is started, or while it is down.
    """
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
