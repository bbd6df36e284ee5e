"""The certificate authority of a simulator's home, and the certificate of its server."""

from dataclasses import dataclass
from pathlib import Path

import trustme

HOSTS = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Certificates:
    """Files in the home folder.

    Attributes:
        authority: Certificate of the authority, to be trusted by clients.
        server: Certificate chain of the server.
        server_key: Private key of the server.
    """

    authority: Path
    server: Path
    server_key: Path


def certificates(home: Path) -> Certificates:
    """Return the certificates of a home folder; they are made once, so that restarts change nothing for clients."""
    found = Certificates(home / "ca.pem", home / "server.pem", home / "server-key.pem")
    if not all(path.exists() for path in (found.authority, found.server, found.server_key)):
        authority = trustme.CA(organization_name="Partner Center simulator")
        certificate = authority.issue_cert(*HOSTS)
        certificate.private_key_pem.write_to_path(str(found.server_key))
        found.server_key.chmod(0o600)
        chain = b"".join(part.bytes() for part in certificate.cert_chain_pems)
        found.server.write_bytes(chain)
        authority.cert_pem.write_to_path(str(found.authority))
    return found
