"""The process and its home: what survives a restart or a kill, and what is the same in every run."""

import os
import signal
import ssl
import subprocess
import sys

import httpx
import pytest

from partner_center_simulator.documents import HomeInUse
from partner_center_simulator.server import CannotStart, OtherPortfolio, Server

MODULE = [sys.executable, "-m", "partner_center_simulator"]


def call(home, method, path, **more):
    """Call a server through what its home says about it."""
    url = (home / "url.txt").read_text(encoding="utf-8").strip()
    trust = ssl.create_default_context(cafile=home / "ca.pem")
    with httpx.Client(verify=trust, base_url=url, trust_env=False) as client:
        return client.request(method, path, **more).json()


def serve(home, *options):
    """Start the command and wait for its line."""
    process = subprocess.Popen([*MODULE, "serve", "--home", str(home), "--port", "0", *options], stdout=subprocess.PIPE)
    line = process.stdout.readline().decode()
    assert line.startswith("Partner Center simulator ready on https://localhost:"), line
    return process


def test_killed_server_goes_on_where_it_was(tmp_path):
    """After kill -9 right behind an answer the state, the clock, the authority and the credentials are still there."""
    process = serve(tmp_path, "--start", "2030-01-02")
    customers = {one["companyName"]: one["id"] for one in call(tmp_path, "GET", "/simulator/state")["customers"]}
    request = {"tenant": "contoso-germany", "customer": customers["Alpine Ski House GmbH"]}
    offer = "91FD106F-4B2C-4938-95AC-F54F74E9A239"
    added = call(tmp_path, "POST", "/simulator/portal", json={**request, "offer": offer, "quantity": 3})
    process.kill()
    process.wait()
    authority = (tmp_path / "ca.pem").read_bytes()
    secret = (tmp_path / "contoso-france.env").read_text(encoding="utf-8").split()[1]
    again = serve(tmp_path)
    try:
        state = call(tmp_path, "GET", "/simulator/state")
        held = state["tenants"]["contoso-germany"]["customers"][request["customer"]]["subscriptions"]
        assert added["id"] in {one["id"] for one in held}
        assert state["now"].startswith("2030-01-02T00:00")
        assert (tmp_path / "ca.pem").read_bytes() == authority
        assert secret in (tmp_path / "contoso-france.env").read_text(encoding="utf-8")
        assert len(call(tmp_path, "GET", "/simulator/writes")) == 1
    finally:
        again.send_signal(signal.SIGTERM)
        assert again.wait(timeout=30) == 0
    assert not (tmp_path / "pid.txt").exists()


def test_home_is_served_by_one_process_only(tmp_path):
    """A second server on the same home is refused, and so is another portfolio than the one it holds."""
    with Server(tmp_path), pytest.raises(HomeInUse):
        Server(tmp_path)
    with pytest.raises(OtherPortfolio, match="demo"):
        Server(tmp_path, customers=4)
    with pytest.raises(OtherPortfolio, match="seed"):
        Server(tmp_path, seed=9)


def test_taken_port_is_said_in_one_sentence(tmp_path):
    """A port that is in use is a sentence, and the home is free again afterwards."""
    with Server(tmp_path / "one") as server:
        port = int(server.url.rsplit(":", 1)[1])
        with pytest.raises(CannotStart, match=str(port)):
            Server(tmp_path / "two", port=port)
    with Server(tmp_path / "two") as other:
        assert other.url.startswith("https://localhost:")


def test_ids_are_the_same_in_every_run(tmp_path):
    """Partner tenants are fixed; customers and subscriptions depend on the seed alone."""

    def ids(name, seed):
        with Server(tmp_path / name, customers=6, seed=seed) as server:
            scopes = server.state.documents.scopes("subscription")
            partners = [partner["tenant"] for partner in server.state.partners()]
            return partners, {scope: list(found) for scope, found in scopes.items()}

    assert ids("one", 3) == ids("two", 3)
    assert ids("three", 4)[0] == ids("one", 3)[0]
    assert ids("three", 4)[1] != ids("one", 3)[1]


def test_credentials_are_for_their_owner_only(tmp_path):
    """The files with secrets can be read by their owner alone (S10)."""
    with Server(tmp_path) as server:
        for name in ("contoso-france.env", "contoso-germany.env", "contoso-europe.env", "server-key.pem"):
            assert (server.home / name).stat().st_mode & 0o077 == 0
        assert int((server.home / "pid.txt").read_text(encoding="utf-8")) == os.getpid()


def test_failed_transaction_leaves_no_trace(world):
    """A transaction that fails half-way is taken back in memory and on disk."""
    documents = world.state.documents

    def half_way():
        with documents.transaction():
            documents.put("partner", "", "new", {"name": "x"})
            documents.put("settings", "", "", {"latency": 99.0})
            raise LookupError

    before = documents.get("settings", "", "")
    with pytest.raises(LookupError):
        half_way()
    assert documents.get("partner", "", "new") is None
    assert documents.get("settings", "", "") == before
    with pytest.raises(RuntimeError, match="inside a transaction"):
        documents.put("partner", "", "new", {})


def test_unknown_portfolio_ends_with_a_sentence(tmp_path):
    """An unknown portfolio is exit code 2 and one sentence that names those there are."""
    ended = subprocess.run(
        [*MODULE, "serve", "--home", str(tmp_path), "--port", "0", "--portfolio", "second"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "'demo', 'first', 'mixed' and 'generated'" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_control_api_refuses_what_it_does_not_understand(world):
    """A clock that cannot be read, an unknown setting or offer: 400 and a sentence."""
    with world.browser() as browser:
        for name, body in (
            ("clock", {"set": "tomorrow"}),
            ("clock", {}),
            ("settings", {"speed": 1}),
            ("offers", {"offer": "none"}),
        ):
            answer = browser.post(f"/simulator/{name}", json=body)
            assert answer.status_code == 400
            assert answer.json()["error"]
        assert browser.post("/simulator/portal", json={"tenant": "none"}).status_code == 404
