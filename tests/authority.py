"""A certificate authority for tests, and the certificate of a server at 127.0.0.1."""

from pathlib import Path
from typing import NamedTuple

import trustme

from .servers import account


class Certificates(NamedTuple):
    """Files: what a client trusts, and what a server of the kit shows."""

    authority: Path
    certificate: Path
    key: Path


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
