"""Sign-in through MSAL, as the client and the people do it."""

import jwt
import msal
import pytest
import requests


@pytest.fixture
def session(world):
    """Return a session that trusts the simulator."""
    session = requests.Session()
    session.verify = str(world.server.ca)
    # Otherwise a certificate bundle named in the environment would win over the simulator's authority.
    session.trust_env = False
    return session


def credentials(world, name):
    """Return what a tenant's credentials file says."""
    lines = (world.server.home / f"{name}.env").read_text(encoding="utf-8").split()
    return dict(line.split("=", 1) for line in lines)


def confidential(world, session, name, secret=None):
    """Return MSAL with a client secret."""
    found = credentials(world, name)
    return msal.ConfidentialClientApplication(
        found["CLIENT_ID"],
        client_credential=secret or found["CLIENT_SECRET"],
        authority=f"{world.server.url}/{world.state.partner(name)['tenant']}",
        instance_discovery=False,
        http_client=session,
    )


def public(world, session, name):
    """Return MSAL without one."""
    return msal.PublicClientApplication(
        world.state.partner(name)["clientId"],
        authority=f"{world.server.url}/{world.state.partner(name)['tenant']}",
        instance_discovery=False,
        http_client=session,
    )


def scope(world):
    """Return the scope of the API."""
    return [f"{world.server.url}/.default"]


def enter_code(world, user_code, person, decision="approve"):
    """Enter a device code on the page, as a person would."""
    with world.browser() as browser:
        page = browser.post("/devicelogin", data={"code": user_code}).text
        before = page.split(f"({person})")[0]
        operator = before.rsplit('value="', 1)[1].split('"')[0]
        return browser.post("/devicelogin/decide", data={"code": user_code, "operator": operator, "decision": decision})


def test_refresh_token_signs_a_person_in(world, session):
    """A refresh token from the credentials file gives MSAL a token with MFA, an ID token and a new refresh token."""
    app = confidential(world, session, "contoso-france")
    answer = app.acquire_token_by_refresh_token(credentials(world, "contoso-france")["REFRESH_TOKEN"], scope(world))
    assert answer["refresh_token"] != credentials(world, "contoso-france")["REFRESH_TOKEN"]
    assert answer["id_token_claims"]["preferred_username"] == "ana@contoso.example"
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert claims["tid"] == world.state.partner("contoso-france")["tenant"]
    assert claims["amr"] == ["pwd", "mfa"]


def test_application_alone_signs_in(world, session):
    """Client credentials give an app-only token, which organisation profiles refuse with 900329."""
    answer = confidential(world, session, "contoso-europe").acquire_token_for_client(scope(world))
    assert jwt.decode(answer["access_token"], options={"verify_signature": False})["idtyp"] == "app"
    api = world.api("contoso-europe")
    api.headers["Authorization"] = f"Bearer {answer['access_token']}"
    assert api.get("/customers").status_code == 200
    refused = api.get("/profiles/organization")
    assert (refused.status_code, world.read(refused)["code"]) == (403, 900329)


def test_wrong_secret_is_refused(world, session):
    """A wrong client secret is invalid_client with Microsoft's number."""
    answer = confidential(world, session, "contoso-france", "wrong").acquire_token_for_client(scope(world))
    assert answer["error"] == "invalid_client"
    assert answer["error_codes"] == [7000215]


def test_refresh_token_of_another_tenant_is_refused(world, session):
    """A refresh token is of no use in another tenant (S5)."""
    stolen = credentials(world, "contoso-germany")["REFRESH_TOKEN"]
    answer = confidential(world, session, "contoso-france").acquire_token_by_refresh_token(stolen, scope(world))
    assert answer["error"] == "invalid_grant"


def test_person_signs_in_with_a_device_code(world, session):
    """A person who enters the code on the page and says who they are is signed in with OpenID scopes only."""
    app = public(world, session, "contoso-europe")
    flow = app.initiate_device_flow(scopes=[])
    assert enter_code(world, flow["user_code"], "ben@contoso.example").status_code == 200
    answer = app.acquire_token_by_device_flow(flow)
    claims = answer["id_token_claims"]
    assert (claims["preferred_username"], claims["name"]) == ("ben@contoso.example", "Ben Okafor")
    assert claims["tid"] == world.state.partner("contoso-europe")["tenant"]


def test_token_of_openid_scopes_does_not_open_the_api(world, session):
    """The access token that comes with OpenID scopes alone is for another audience: 401 / 900420."""
    app = public(world, session, "contoso-europe")
    flow = app.initiate_device_flow(scopes=[])
    enter_code(world, flow["user_code"], "ana@contoso.example")
    api = world.api("contoso-europe")
    api.headers["Authorization"] = f"Bearer {app.acquire_token_by_device_flow(flow)['access_token']}"
    refused = api.get("/customers")
    assert (refused.status_code, world.read(refused)["code"]) == (401, 900420)


def test_missing_multi_factor_authentication_is_refused(world, session):
    """A person without multi-factor authentication gets interaction_required, number 50076."""
    app = public(world, session, "contoso-europe")
    flow = app.initiate_device_flow(scopes=scope(world))
    enter_code(world, flow["user_code"], "chloe@contoso.example")
    answer = app.acquire_token_by_device_flow(flow)
    assert (answer["error"], answer["error_codes"]) == ("interaction_required", [50076])


def test_declined_device_code_is_refused(world, session):
    """A person who cancels on the page declines the sign-in."""
    app = public(world, session, "contoso-europe")
    flow = app.initiate_device_flow(scopes=scope(world))
    enter_code(world, flow["user_code"], "ana@contoso.example", decision="cancel")
    assert app.acquire_token_by_device_flow(flow)["error"] == "authorization_declined"


def test_pages_refuse_an_unknown_code(world):
    """A code that nobody asked for leads nowhere, and what was typed is escaped (S11)."""
    with world.browser() as browser:
        page = browser.post("/devicelogin", data={"code": "<b>BAD</b>"})
    assert page.status_code == 400
    assert "<b>BAD" not in page.text


@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Basic abc"])
def test_call_without_a_token_is_refused(world, header):
    """Without a valid token every call is 401 / 800001."""
    api = world.api("contoso-france")
    del api.headers["Authorization"]
    answer = api.get("/customers", headers={"Authorization": header} if header else {})
    assert (answer.status_code, world.read(answer)["code"]) == (401, 800001)
