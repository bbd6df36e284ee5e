"""What a run can be given: refusals by code, gateway pages, 202, stale etags, expiry, MFA, settings, the rate limit."""

import subprocess
import sys
from uuid import uuid4

import httpx
import pytest
from contract.contract import contract

from partner_center_simulator.control import settings
from partner_center_simulator.control.business_errors import BUSINESS_ERRORS
from partner_center_simulator.control.faults import KINDS, BadRule, Faults
from partner_center_simulator.control.rate_limit import RateLimit
from partner_center_simulator.portfolios.catalogue import OFFICE_365_E3
from partner_center_simulator.server import Server

ASKED_FOR = (
    2001,
    2002,
    2011,
    2054,
    2055,
    2085,
    13605,
    20002,
    27009,
    800002,
    800060,
    800063,
    800065,
    900101,
    900213,
    900419,
)
LINE = {"id": 0, "catalogItemId": OFFICE_365_E3, "quantity": 5, "billingCycle": "monthly"}


@pytest.fixture
def source(world):
    """Return a client of a source, and the path and resource of a legacy subscription there."""
    api = world.api("contoso-france")
    customer = world.customer("Fabrikam")
    held = next(one for one in world.held("contoso-france", customer) if not one.get("parentSubscriptionId"))
    return api, f"/customers/{customer}/subscriptions/{held['id']}", held


def rule(world, kind, **more):
    """Set one fault rule."""
    world.control("POST", "faults", {"rules": [{"kind": kind, **more}]})


def suspend(source, **headers):
    """Suspend the subscription with its whole resource, as a client should."""
    api, path, held = source
    return api.patch(path, json={**held, "status": "suspended"}, headers=headers)


def unchecked(world, api):
    """Return a client whose answers may leave the contract, as pages of a gateway do."""
    return httpx.Client(verify=world.trust(), base_url=api.base_url, headers=api.headers, trust_env=False)


def token_answer(world, name="contoso-france"):
    """Ask the token endpoint of a tenant for a token with its refresh token."""
    lines = (world.server.home / f"{name}.env").read_text(encoding="utf-8").split()
    found = dict(line.split("=", 1) for line in lines)
    form = {
        "grant_type": "refresh_token",
        "client_id": found["CLIENT_ID"],
        "client_secret": found["CLIENT_SECRET"],
        "refresh_token": found["REFRESH_TOKEN"],
        "scope": f"{world.server.url}/user_impersonation openid",
    }
    tenant = world.state.partner(name)["tenant"]
    with world.browser() as browser:
        return browser.post(f"/{tenant}/oauth2/v2.0/token", data=form)


@pytest.mark.parametrize("code", sorted(BUSINESS_ERRORS))
def test_business_error_of_each_code(world, source, code):
    """Each code comes with its own status and in the error dialect, changes nothing, and is in the write log (M37)."""
    rule(world, "business_error", code=code, method="PATCH", path="/subscriptions/")
    refused = suspend(source)
    body = world.read(refused)
    assert (refused.status_code, body["code"]) == (BUSINESS_ERRORS[code][0], code)
    assert world.writes()[-1]["code"] == code
    assert world.read(source[0].get(source[1]))["status"] == "active"
    assert suspend(source).status_code == 200


def test_codes_that_decide_something_can_be_asked_for():
    """The codes on which the runbook decides are all there; 400041 stands on a line of the cart."""
    assert set(ASKED_FOR) <= set(BUSINESS_ERRORS)


def test_error_on_a_line_of_the_cart(world):
    """400041 fails no cart: 201, and the error stands on the line, when the cart is read again too (S14)."""
    api, customer = world.ready_to_buy()
    rule(world, "cart_line_error", code=400041, path="/carts$")
    answer = api.post(f"/customers/{customer}/carts", json={"lineItems": [LINE]})
    cart = world.read(answer)
    assert answer.status_code == 201
    assert cart["lineItems"][0]["error"]["errorCode"] == 400041
    again = world.read(api.get(f"/customers/{customer}/carts/{cart['id']}"))
    assert again["lineItems"][0]["error"]["errorCode"] == 400041


@pytest.mark.parametrize(("kind", "status"), [("gateway_before", "active"), ("gateway_after", "suspended")])
@pytest.mark.parametrize("number", [502, 503, 504])
def test_gateway_pages_are_html(world, source, kind, status, number):
    """A gateway answers with a page, before or after the effect, and without the ids."""
    rule(world, kind, status=number, method="PATCH")
    api, path, held = source
    answer = unchecked(world, api).patch(path, json={**held, "status": "suspended"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (number, "text/html")
    assert b"<html>" in answer.content
    assert world.read(api.get(path))["status"] == status


def test_patch_may_be_accepted_only(world, source):
    """accepted_202 takes effect and answers with Location and no body; a refusal stays a refusal."""
    rule(world, "accepted_202", times=2)
    answer = suspend(source)
    assert (answer.status_code, answer.content) == (202, b"")
    assert answer.headers["Location"].endswith(source[1])
    assert world.read(source[0].get(source[1]))["status"] == "suspended"
    assert suspend(source, **{"If-Match": '"old"'}).status_code == 400


def test_etag_becomes_stale(world, source):
    """stale_etag lets somebody else change the subscription first: 400 / 2055, and a new read helps."""
    rule(world, "stale_etag")
    api, path, held = source
    refused = suspend(source, **{"If-Match": f'"{held["attributes"]["etag"]}"'})
    assert (refused.status_code, world.read(refused)["code"]) == (400, 2055)
    fresh = world.read(api.get(path))["attributes"]["etag"]
    assert suspend(source, **{"If-Match": f'"{fresh}"'}).status_code == 200


def test_throttled_in_both_bodies(world, source):
    """throttle_429 comes with the body of its own or with the error body, for as many calls as asked."""
    rule(world, "throttle_429", times=2, retry_after=3, method="GET")
    answers = [source[0].get("/customers") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert set(world.read(answers[0])) == {"statusCode", "message"}
    rule(world, "throttle_429", body="error", retry_after=3)
    answer = unchecked(world, source[0]).get("/customers")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
    assert {"code", "description"} <= set(world.read(answer))


def test_latency_of_chosen_calls(world, source):
    """A chosen call takes longer than its caller waits, once; the next goes on as ever."""
    rule(world, "latency", seconds=2, method="PATCH")
    api, path, held = source
    with pytest.raises(httpx.ReadTimeout):
        api.patch(path, json={**held, "friendlyName": "Late"}, timeout=0.5)
    assert api.patch(path, json={**held, "friendlyName": "Soon"}).status_code == 200


def test_token_expires_in_mid_run(world):
    """token_expired refuses the token from then on with 401 / 800001; a newly asked one is good."""
    api = world.api("contoso-france")
    api.headers["Authorization"] = f"Bearer {token_answer(world).json()['access_token']}"
    assert api.get("/customers").status_code == 200
    rule(world, "token_expired")
    for _ in range(2):
        refused = api.get("/customers")
        assert (refused.status_code, world.read(refused)["code"]) == (401, 800001)
    api.headers["Authorization"] = f"Bearer {token_answer(world).json()['access_token']}"
    assert api.get("/customers").status_code == 200


def test_sign_in_without_mfa_is_refused(world):
    """mfa_required refuses the sign-in with interaction_required / 50076, in the body that the contract knows."""
    tenant = world.state.partner("contoso-france")["tenant"]
    rule(world, "mfa_required", path=tenant)
    assert token_answer(world, "contoso-europe").status_code == 200
    refused = token_answer(world)
    assert (refused.status_code, refused.json()["error"]) == (400, "interaction_required")
    assert refused.json()["error_codes"] == [50076]
    contract().check_answer("POST", f"/{tenant}/oauth2/v2.0/token", 400, refused.headers, refused.content)
    assert token_answer(world).status_code == 200


@pytest.mark.parametrize(("kind", "status"), [("error_500_after", 500), ("gateway_before", 503), ("throttle_429", 429)])
def test_the_sign_in_service_fails_on_request(world, kind, status):
    """A rule with at: sign_in strikes sign-ins alone: calls of the API are not counted, and no write is logged."""
    api = world.api("contoso-france")
    rule(world, kind, at="sign_in", path="/token$")
    assert api.get("/customers").status_code == 200
    assert token_answer(world).status_code == status
    assert token_answer(world).status_code == 200
    assert world.writes() == []


def test_a_sign_in_can_stay_without_answer(world):
    """drop_after at the sign-in service closes the connection, and the next sign-in works."""
    rule(world, "drop_after", at="sign_in")
    with pytest.raises(httpx.RemoteProtocolError):
        token_answer(world)
    assert token_answer(world).status_code == 200


def test_partial_body_clears_what_it_leaves_out(world, source):
    """A PATCH with the status alone loses auto-renew without a word (page "Update a subscription by ID")."""
    api, path, held = source
    assert held["autoRenewEnabled"] is True
    changed = world.read(api.patch(path, json={"status": "suspended"}))
    assert (changed["status"], changed["autoRenewEnabled"]) == ("suspended", False)
    assert world.writes()[-1]["effect"]["auto_renew"]["to"] is False


def test_rate_limit_counts_per_tenant(world):
    """Over requests_per_minute a tenant gets 429 with Retry-After, a write is logged as refused, others go on."""
    world.control("POST", "settings", {"requests_per_minute": 3})
    france, germany = world.api("contoso-france"), world.api("contoso-germany")
    assert [france.get("/customers").status_code for _ in range(3)] == [200] * 3
    refused = france.post(f"/customers/{uuid4()}/carts", json={"lineItems": [LINE]})
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert world.writes()[-1]["status"] == 429
    assert germany.get("/customers").status_code == 200


def test_rate_limit_slides():
    """The window is the last 60 s: the announced wait is what the oldest call needs to leave it, and is enough."""
    now = [100.0]
    limit = RateLimit(lambda: now[0])
    assert limit.seconds_to_wait("a", 2) is None
    now[0] += 20.5
    assert limit.seconds_to_wait("a", 2) is None
    assert limit.seconds_to_wait("a", 2) == 40
    now[0] += 40
    assert limit.seconds_to_wait("a", 2) is None
    assert limit.seconds_to_wait("a", 2) == 20


def test_faults_file_is_what_a_run_begins_with(tmp_path):
    """A run begins with the rules and settings of its file; a reset forgets both."""
    file = tmp_path / "faults.yaml"
    file.write_text(
        "settings: {order_list_seconds: 900, requests_per_minute: 500}\n"
        "rules:\n  - {kind: business_error, code: 900101, method: PATCH, nth: 2}\n",
        encoding="utf-8",
    )
    with Server(tmp_path / "home", portfolio="first", faults=settings.read_file(file)) as server:
        row = server.simulator.faults.rows()[0]
        assert (row["kind"], row["code"], row["nth"], row["times"]) == ("business_error", 900101, 2, 1)
        assert server.state.setting("order_list_seconds") == 900
        with httpx.Client(verify=False, base_url=server.url, trust_env=False) as browser:  # noqa: S501 - own loopback
            browser.post("/simulator/reset")
            left = browser.get("/simulator/faults").json()
        assert (left["rules"], left["settings"]["requests_per_minute"]) == ([], 0)


@pytest.mark.parametrize(
    ("text", "word"),
    [("rules: [{kind: explode}]", "kind"), ("settings: {speed: 1}", "speed"), ("rules: [", "cannot be read")],
)
def test_bad_faults_file_stops_the_start(tmp_path, text, word):
    """A file that is not understood ends the command with 2 and a sentence, before anything is served."""
    file = tmp_path / "faults.yaml"
    file.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "partner_center_simulator", "serve", "--port", "0"]
    ended = subprocess.run(
        [*command, "--home", str(tmp_path / "home"), "--faults", str(file)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert word in ended.stderr
    assert "Traceback" not in ended.stderr


def test_help_says_every_kind_and_setting():
    """Serve --help tells the whole form of the file: each kind of fault and each setting."""
    command = [sys.executable, "-m", "partner_center_simulator", "serve", "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert [name for name in (*KINDS, *settings.SETTINGS) if name not in shown] == []


@pytest.mark.parametrize(
    "bad",
    [
        {"kind": "business_error"},
        {"kind": "business_error", "code": 1},
        {"kind": "cart_line_error", "code": 2001},
        {"kind": "gateway_after", "status": 200},
        {"kind": "throttle_429", "body": "none"},
        {"kind": "latency", "seconds": -1},
        {"kind": "latency", "at": "elsewhere"},
        {"kind": "token_expired", "at": "sign_in"},
        {"kind": "mfa_required", "at": "api"},
        {"kind": "drop_after", "nth": 0},
        "drop_after",
    ],
)
def test_rules_without_sense_are_refused(bad):
    """A rule that could never do what it says is refused when it is set."""
    with pytest.raises(BadRule):
        Faults().set([bad])


def test_nothing_is_changed_by_a_document_half_right(world):
    """Rules with a bad setting beside them are refused as a whole."""
    with world.browser() as browser:
        wrong = {"rules": [{"kind": "drop_after"}], "settings": {"latency": -1}}
        assert browser.post("/simulator/faults", json=wrong).status_code == 400
    assert world.control("GET", "faults")["rules"] == []
