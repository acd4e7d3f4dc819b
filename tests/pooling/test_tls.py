"""TLS, as the presets have it without ``tls=False``."""

from pathlib import Path

import pytest

from ..authority import Certificates, certificates
from ..lone_django import connection_to, django
from ..servers.fixtures import require_engine
from .presets import each_preset


@pytest.fixture(scope="module")
def tls(server_folder: Path) -> Certificates:
    return certificates(server_folder / "certificates")


@pytest.fixture(scope="module")
def stranger(server_folder: Path) -> Certificates:
    """Another authority, that nobody's certificate is from."""
    return certificates(server_folder / "stranger")


VERSION = {
    "mysql": "show status like 'Ssl_version'",
    "postgresql": "select version from pg_stat_ssl where pid = pg_backend_pid()",
}


@each_preset
def test_a_server_is_trusted_by_its_authority_alone(
    preset, server_folder, tls, stranger, engine, pooling
):
    require_engine(engine)
    with tls.server(engine, server_folder, f"{engine}-tls-{pooling}") as server:
        server.sql("create database safe")
        for make in (preset.pooled, preset.direct):
            trusting = connection_to(server, "safe", **make(ca_file=str(tls.authority)))
            ask = f'cursor = connection.cursor(); cursor.execute("{VERSION[engine]}")'
            assert "TLSv1" in django(trusting, f"{ask}; print(cursor.fetchone())")
            wary = connection_to(server, "safe", **make(ca_file=str(stranger.authority)))
            assert "certificate" in django(wary, "connection.connect()", fails=True).lower()
