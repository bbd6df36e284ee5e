"""Every secret and token that the program handles is a marker, everything is run, and none is found (S10)."""

from __future__ import annotations

import os
import secrets
import subprocess
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from database_server import DatabaseServer
from demo_run import CONSOLIDATE
from secrets_planted.markers import Markers
from sqlalchemy import create_engine, text
from world import ALPINE, EUROPE, FABRIKAM, FRANCE, GERMANY, TENANTS, World, engagement_text

from consolidation.outcomes import outcomes_of
from partner_center_simulator.entra import device_codes, endpoints
from partner_center_simulator.entra.tokens import Tokens
from partner_center_simulator.server import Server

VERBOSE = """
import logging, os
path = os.path.join(os.environ["VERBOSE_LOGS"], f"{os.getpid()}.log")
logging.basicConfig(level=logging.DEBUG, filename=path, force=True)
"""
PLAIN = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@dataclass
class Scene:
    """A world with markers for secrets, and what its commands printed."""

    world: World
    folder: Path
    markers: Markers = field(default_factory=Markers)
    printed: list[str] = field(default_factory=list)

    def consolidate(self, *arguments: str, **more: str) -> int:
        """Run the command with verbose logs in every process, keep what it printed, and return its exit code."""
        environment = {name: value for name, value in os.environ.items() if name != "CONSOLIDATION_RUNNER"}
        environment["PYTHONPATH"] = os.pathsep.join((str(self.folder / "verbose"), environment.get("PYTHONPATH", "")))
        environment |= {"VERBOSE_LOGS": str(self.folder / "logs"), "TMPDIR": str(self.folder / "t"), **more}
        done = subprocess.run(
            [CONSOLIDATE, *arguments], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        self.printed.append(f"{arguments}\n{done.stdout}\n{done.stderr}")
        return done.returncode

    def engagement(self, name: str, **changes: object) -> str:
        """Write another engagement on the same tenants and return its path."""
        path = self.folder / f"{name}.yaml"
        path.write_text(engagement_text(self.world.server, name=name, archive=name, **changes), encoding="utf-8")
        return str(path)


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A world whose secrets and tokens are all known, those that the simulator issues meanwhile too."""
    markers, keep, begin = Markers(), Tokens._sign, device_codes.begin

    def signed(tokens: Tokens, tenant: str, claims: dict[str, object], seconds: int) -> str:
        token = keep(tokens, tenant, claims, seconds)
        markers.plant(f"{claims['kind']} token", token)
        return token

    def begun(state: object, *asked: str) -> dict[str, object]:
        document = begin(state, *asked)  # type: ignore[arg-type]
        markers.plant("device code", str(document["deviceCode"]))
        operator = state.partner(document["tenant"])["operators"][0]  # type: ignore[attr-defined]
        device_codes.decide(state, document, "approved", operator["objectId"])  # type: ignore[arg-type]
        return document

    monkeypatch.setattr(Tokens, "_sign", signed)
    monkeypatch.setattr(endpoints.device_codes, "begin", begun)
    for name in ("verbose", "logs", "t"):
        (tmp_path / name).mkdir()
    (tmp_path / "verbose" / "sitecustomize.py").write_text(VERBOSE, encoding="utf-8")
    key = Ed25519PrivateKey.generate().private_bytes(*PLAIN).decode()
    monkeypatch.setenv("PLANTED_SIGNING_KEY", key)
    markers.plant("signing key", key)
    with Server(tmp_path / "simulator", portfolio="first") as server:
        for path in server.home.glob("*.env"):
            values = dict(line.split("=", 1) for line in path.read_text(encoding="utf-8").splitlines())
            markers.plant("client secret", values["CLIENT_SECRET"])
            markers.plant("refresh token", values["REFRESH_TOKEN"])
        operator = server.state.partner(TENANTS[EUROPE])["operators"][0]["userPrincipalName"]
        people = {"required": 1, "self_approval": True, "approvers": [operator]}
        path = tmp_path / "engagement.yaml"
        path.write_text(engagement_text(server, approvals=people, signing_key="PLANTED_SIGNING_KEY"), encoding="utf-8")
        yield Scene(World(server, path), tmp_path, markers)


def walk_a_case(scene: Scene) -> None:
    """Move one customer, with a person who signs in, failures on the way, and every command that writes files."""
    world, name = scene.world, str(scene.world.path)
    world.run("00_connect")
    scene.consolidate("confirm", name, "--step", "irreversible", "--by", "Ana Costa")
    given = ("--name", "Ann Doe", "--email", "ann@fabrikam.example", "--date", f"{datetime.now(UTC):%Y-%m-%d}")
    scene.consolidate(
        "confirm", name, "--customer", FABRIKAM, "--step", "agreement_accepted", *given, "--by", "Ana Costa"
    )
    world.prepare_all()
    world.run("02_invite", ALPINE)
    world.accept(FABRIKAM)
    for phase in ("02_invite", "04_recreate"):
        world.run(phase, FABRIKAM)
        approve(scene, phase)
        if phase == "02_invite":
            world.run(phase, FABRIKAM)
    world.faults(
        {"method": "GET", "path": "/customers$", "nth": 1, "kind": "token_expired"},
        {"method": "GET", "path": "/subscriptions$", "nth": 2, "kind": "error_500_before"},
        {"method": "GET", "path": "/subscriptions$", "nth": 5, "kind": "throttle_429", "retry_after": 1},
        {"method": "POST", "path": "checkout", "nth": 1, "kind": "drop_after"},
    )
    phases = ("04_recreate", "05_suspend")
    walk = ("run", name, "--customers", FABRIKAM, *(part for phase in phases for part in ("--phase", phase)))
    assert scene.consolidate(*walk) == 3, scene.printed[-1]  # another customer is held
    ended = outcomes_of(world.journal, world.case(FABRIKAM).chain)
    assert [ended[phase].outcome for phase in phases if phase in ended] == ["done", "done"], (ended, scene.printed[-1])
    for command in ("export", "report"):
        assert scene.consolidate(command, name, "--to", str(scene.folder / command)) == 0


def approve(scene: Scene, phase: str) -> None:
    """Approve the newest plan of a phase, as a person who signs in with a code."""
    world = scene.world
    planned = world.journal.entries(world.case(FABRIKAM).chain, kinds={"planned"}, phase=phase)[-1]
    chosen = ("--customer", FABRIKAM, "--phase", phase, "--digest", str(planned.body["digest"]))
    assert scene.consolidate("approve", str(world.path), *chosen) == 0, scene.printed[-1]


def fail_to_sign_in(scene: Scene) -> None:
    """Sign in with a certificate that the tenant does not know, with a wrong secret, and with a wrong token."""
    home = scene.world.server.home
    client = {name: (home / f"{name}.env").read_text(encoding="utf-8").split("\n")[0] for name in TENANTS}
    key = ec.generate_private_key(ec.SECP256R1())
    subject, now = x509.Name([]), datetime.now(UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 1, now, now + timedelta(days=1))
    private = key.private_bytes(*PLAIN).decode()
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
    (home / "planted.pem").write_text(private + certificate, encoding="utf-8")
    wrong_secret, wrong_token = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    scene.markers.plant("certificate's private key", private)
    scene.markers.plant("client secret", wrong_secret)
    scene.markers.plant("refresh token", wrong_token)
    for name, means in {
        FRANCE: f"CERTIFICATE={home / 'planted.pem'}",
        GERMANY: f"CLIENT_SECRET={wrong_secret}",
        EUROPE: f"REFRESH_TOKEN={wrong_token}",
    }.items():
        (home / f"{name}.env").write_text(f"{client[name]}\n{means}\n", encoding="utf-8")
    commands = {FRANCE: ("run", "--phase", "00_connect"), GERMANY: ("log",)}
    for first, (command, *options) in commands.items():
        sources = [{"name": first, "tenant": TENANTS[first], "credentials": str(home / f"{first}.env")}]
        journal = f"sqlite:///refused-{first}.db"
        path = scene.engagement(f"refused-{first}", sources=sources, journal=journal, signing_key="PLANTED_SIGNING_KEY")
        assert scene.consolidate(command, path, *options) == 1, scene.printed[-1]


def dump(url: str) -> bytes:
    """Return every row of a database as text."""
    engine = create_engine(url)
    with engine.connect() as connection:
        tables = connection.execute(
            text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        ).scalars()
        rows = [str(row) for name in list(tables) for row in connection.execute(text(f'SELECT * FROM "{name}"'))]  # noqa: S608 - names that the database gave
    engine.dispose()
    return "\n".join(rows).encode()


def use_a_database_with_a_password(scene: Scene, server: DatabaseServer) -> None:
    """Keep the journal in PostgreSQL, and lose it."""
    password = f"{secrets.token_urlsafe(24)}/@:"
    scene.markers.plant("database password", password)
    url = server.url(server.create()).replace("postgres@", f"postgres:{urllib.parse.quote(password, safe='')}@")
    World(scene.world.server, Path(scene.engagement("database", journal=url))).run("00_connect")
    scene.markers.look_into("databases", "PostgreSQL", dump(url.replace("postgresql:", "postgresql+psycopg:")))
    lost = scene.engagement("lost", journal=url.replace(str(server.home), "/nowhere"))
    assert scene.consolidate("status", lost) == 1, scene.printed[-1]


def search(scene: Scene) -> None:
    """Search whatever was written or printed; not where the secrets were put by ourselves."""
    ours = {scene.world.server.home}
    for path in sorted(scene.folder.rglob("*")):
        written = path.is_file() and not ours & set(path.parents)
        if written and not (path.parent == scene.folder and path.suffix == ".yaml"):
            scene.markers.look_into_file(path, path.relative_to(scene.folder).as_posix())
    for number, said in enumerate(scene.printed):
        scene.markers.look_into("terminals", f"what command {number} printed", said.encode())


def test_no_secret_is_anywhere(scene: Scene) -> None:
    """S10: no marker is in any file, journal, log, notebook's metadata or widget state, nor on a terminal."""
    walk_a_case(scene)
    with DatabaseServer() as server:
        use_a_database_with_a_password(scene, server)
    fail_to_sign_in(scene)
    search(scene)
    markers = scene.markers
    assert markers.found == []
    assert set(markers.secrets) == {
        *("client secret", "refresh token", "access token", "id token", "device code"),
        *("certificate's private key", "signing key", "database password"),
    }
    kinds = {path.suffix for path in scene.folder.rglob("*") if path.is_file()}
    assert {".ipynb", ".html", ".jsonl", ".json", ".eml", ".csv", ".xlsx", ".db", ".log"} <= kinds
    assert markers.searched["files"] > 50
    print({kind: len(values) for kind, values in markers.secrets.items()}, markers.searched)  # noqa: T201 - the figures of the trial
