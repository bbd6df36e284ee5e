"""A time-stamp authority of our own: `openssl ts` behind a small HTTP server, as RFC 3161 describes it."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

SETTINGS = """
[tsa]
default_tsa = authority
[authority]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


class Authority:
    """The authority's keys in a folder, and what its service answers.

    Args:
        folder: Takes keys and certificates.
        name: Of the one who signs.

    Attributes:
        certificates: PEM file of its root.
        address: Where it listens.
        answer: Replaces the honest answer when a test sets it.
        asked: The queries that came.
    """

    def __init__(self, folder: Path, name: str = "Time of Test") -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self.certificates = folder / "root.pem"
        self.address = ""
        self.answer: bytes | None = None
        self.asked: list[bytes] = []
        (folder / "settings").write_text(SETTINGS.format(folder=folder), encoding="utf-8")
        (folder / "serial").write_text("01\n", encoding="utf-8")
        (folder / "extensions").write_text(
            "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n", encoding="utf-8"
        )
        made = ["-newkey", "rsa:2048", "-nodes", "-keyout"]
        self._openssl("req", "-x509", *made, "root.key", "-out", "root.pem", "-subj", f"/CN={name} Root", "-days", "30")
        self._openssl("req", *made, "signer.key", "-out", "signer.csr", "-subj", f"/CN={name}")
        issued = ["-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-extfile", "extensions", "-days", "20"]
        self._openssl("x509", "-req", "-in", "signer.csr", *issued, "-out", "signer.pem")

    def stamp(self, query: bytes) -> bytes:
        """Answer one query."""
        self.asked.append(query)
        if self.answer is not None:
            return self.answer
        (self._folder / "query").write_bytes(query)
        self._openssl("ts", "-reply", "-config", "settings", "-queryfile", "query", "-out", "reply")
        return (self._folder / "reply").read_bytes()

    def openssl_accepts(self, stamp: Path, data: Path) -> bool:
        """Tell whether `openssl ts -verify`, which knows nothing of us, accepts a stamp of some data."""
        command = ["openssl", "ts", "-verify", "-data", str(data), "-in", str(stamp), "-CAfile", str(self.certificates)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self._folder, capture_output=True, check=True)


@contextmanager
def listening(authority: Authority) -> Iterator[Authority]:
    """Let an authority answer over HTTP."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            reply = authority.stamp(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        authority.address = f"http://127.0.0.1:{server.server_port}/tsr"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield authority
        finally:
            server.shutdown()
            thread.join()
