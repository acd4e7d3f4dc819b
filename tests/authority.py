"""A certificate authority for tests, and the certificate of a server at 127.0.0.1."""

from pathlib import Path
from typing import NamedTuple

import trustme

from .servers import MariaDB, Postgres, account
from .servers.fixtures import MYSQL


class Certificates(NamedTuple):
    """Files: what a client trusts, and what a server of the kit shows."""

    authority: Path
    certificate: Path
    key: Path

    def server(self, engine: str, base: Path, name: str) -> MariaDB | Postgres:
        """A server of the kit that shows the certificate, for a `database_engine`."""
        if engine == "postgresql":
            files = {"ssl_cert_file": str(self.certificate), "ssl_key_file": str(self.key)}
            return Postgres(base, name, settings={"ssl": "on"} | files)
        options = [f"--ssl-cert={self.certificate}", f"--ssl-key={self.key}"]
        return MYSQL(base, name, options=[*options, f"--ssl-ca={self.authority}"])


def certificates(folder: Path, name: str = "127.0.0.1") -> Certificates:
    """A new authority and a certificate for this name, where the servers' account can read them."""
    authority = trustme.CA()
    server = authority.issue_cert(name)
    account.private(folder)
    folder.chmod(0o755)  # clients read the authority's
    files = Certificates(folder / "authority.pem", folder / "server.crt", folder / "server.key")
    authority.cert_pem.write_to_path(str(files.authority))
    for pem in server.cert_chain_pems:
        pem.write_to_path(str(files.certificate))
    server.private_key_pem.write_to_path(str(files.key))
    account.hand_over(files.key).chmod(0o600)
    return files
