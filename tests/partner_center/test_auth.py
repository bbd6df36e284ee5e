"""Signing in: which way, when anew, what is said when it is refused, and what is never shown."""

import threading

import httpx
import keyring
import pytest
import trustme

from partner_center import Credentials, Patience, SignIn, errors
from partner_center.auth import Person, sign_in_person


@pytest.fixture
def sign_in(kit):
    """Make a sign-in against the fake Microsoft."""

    def make(credentials=None, show=print):
        return SignIn(
            kit.cloud,
            kit.tenant,
            credentials or kit.user,
            show=show,
            patience=Patience(attempts=2, first_wait=0),
            wire=kit.microsoft.transport(),
        )

    return make


def test_a_refresh_token_signs_in_as_app_and_user(kit, sign_in):
    """M20: with a refresh token the grant is refresh_token, for the scope of the cloud, in the explicit tenant."""
    signing = sign_in()
    assert not signing.app_only
    assert signing.access_token() == kit.access_token(number=1)
    form = kit.microsoft.forms[0]
    assert (form["grant_type"], form["refresh_token"], form["client_secret"]) == ("refresh_token", "refresh", "secret")
    assert "https://partner.example/.default" in form["scope"].split()
    assert f"/{kit.tenant}/" in str(kit.microsoft.requests[-1].url)


def test_a_token_is_used_until_it_ends(kit, sign_in, monkeypatch):
    """M37: one token serves many calls, and a new one is fetched some minutes before its end."""
    now = {"monotonic": 0.0}
    monkeypatch.setattr("partner_center.auth.time.monotonic", lambda: now["monotonic"])
    signing = sign_in()
    first = signing.access_token()
    now["monotonic"] = 3200.0
    assert signing.access_token() == first
    now["monotonic"] = 3400.0
    assert signing.access_token() != first
    assert kit.microsoft.tokens == 2


def test_a_new_refresh_token_replaces_the_old_one(kit, sign_in):
    """M20: the rotated refresh token is used from then on, and an answer without one leaves the last in use."""
    kit.microsoft.token_answers = [{"refresh_token": "second"}, {}, {}]
    signing = sign_in()
    for _ in range(3):
        signing.access_token(rejected=signing.access_token())
    used = [form["refresh_token"] for form in kit.microsoft.forms]
    assert used == ["refresh", "second", "second", "second"]


def test_an_application_alone_uses_its_own_grant_and_gets_a_truly_new_token(kit, sign_in):
    """S5: app-only is known as such, the tenant is the token's tid, and a rejected token does not come back."""
    signing = sign_in(kit.application)
    assert signing.app_only
    first = signing.access_token()
    assert signing.access_token(rejected=first) != first
    assert {form["grant_type"] for form in kit.microsoft.forms} == {"client_credentials"}
    assert signing.tenant_of_token() == kit.tenant


def test_a_rejected_token_is_renewed_once_for_all_threads(kit, sign_in):
    """M37: when several calls meet the same dead token, one of them fetches the new one."""
    signing = sign_in()
    dead = signing.access_token()
    threads = [threading.Thread(target=lambda: signing.access_token(rejected=dead)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kit.microsoft.tokens == 2


def test_a_client_id_alone_shows_a_device_code(kit, sign_in):
    """M20: without a secret a person signs in; the message is shown, the device code itself is not."""
    shown = []
    signing = sign_in(Credentials("TEST", "app"), show=shown.append)
    assert not signing.app_only
    signing.access_token()
    assert shown == ["Open https://login.example/device and enter the code ABCD."]
    assert kit.microsoft.forms[-1]["device_code"] == "the device code"


def test_missing_mfa_is_explained(kit, sign_in):
    """M20: 50076 says that multifactor authentication is missing and what to do."""
    kit.microsoft.token_answers = [
        {"error": "interaction_required", "error_description": "AADSTS50076: Due to …", "error_codes": [50076]}
    ]
    with pytest.raises(errors.SignInRefused, match="multifactor") as raised:
        sign_in().access_token()
    assert raised.value.code == "AADSTS50076"
    assert "refresh token" in raised.value.next_step


@pytest.mark.parametrize(
    ("told", "meaning"),
    [
        ({"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret"}, "secret is wrong"),
        ({"error": "unauthorized_client", "error_codes": [700016]}, "not registered in this tenant"),
        ({"error": "invalid_grant", "error_codes": [70008]}, "expired or revoked"),
        ({"error": "invalid_grant", "error_description": "something new"}, "expired or revoked"),
        ({"error": "brand_new", "error_description": "Nobody has\r\nseen this."}, "Nobody has seen this"),
    ],
)
def test_a_refused_sign_in_says_why_and_what_next(kit, sign_in, told, meaning):
    """M20: each refusal of Microsoft Entra becomes one sentence with a next step."""
    kit.microsoft.token_answers = [told]
    with pytest.raises(errors.SignInRefused, match=meaning) as raised:
        sign_in().access_token()
    assert str(raised.value).endswith(raised.value.next_step)


def test_a_tenant_that_does_not_exist_is_said(kit):
    """M20: when the sign-in service does not know the tenant there is one sentence, not a traceback of MSAL."""
    wire = httpx.MockTransport(lambda _request: httpx.Response(400, json={"error": "invalid_tenant"}))
    signing = SignIn(kit.cloud, kit.tenant, kit.user, wire=wire, patience=Patience(attempts=1))
    with pytest.raises(errors.SignInRefused, match=f"tenant {kit.tenant}"):
        signing.access_token()


def test_an_unreachable_sign_in_service_is_said(kit):
    """M20: no connection to the sign-in service is an error with its address."""
    wire = httpx.MockTransport(kit.broken(httpx.ConnectError))
    signing = SignIn(kit.cloud, kit.tenant, kit.user, wire=wire, patience=Patience(attempts=2, first_wait=0))
    with pytest.raises(errors.Unreachable, match=r"https://login\.example"):
        signing.access_token()


def test_a_person_is_who_the_id_token_says(kit):
    """M28: a person signs in apart, with OpenID scopes only, and is known by object id."""
    kit.microsoft.token_answers = [{"id_token": kit.id_token()}]
    shown = []
    person = sign_in_person(kit.cloud, kit.tenant, "app", shown.append, wire=kit.microsoft.transport())
    assert person == Person("8c2a1f00-0000-4000-8000-00000000a0a0", "ana@contoso.example", "Ana Sousa")
    assert set(kit.microsoft.forms[0]["scope"].split()) == {"openid", "profile"}
    assert len(shown) == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another application"},
        {"iss": "https://login.example/another/v2.0"},
        {"tid": "7c2d9a44-0f3b-4a0f-8d52-9b1e4f6a2002"},
        {"exp": 1},
        {"nbf": 4102444800},
        {"oid": None},
        {"tid": None},
        {"exp": None},
    ],
)
def test_an_id_token_for_somebody_else_is_not_believed(kit, claims):
    """M28: audience, issuer, tenant and times of the ID token are checked before anybody is believed."""
    kit.microsoft.token_answers = [{"id_token": kit.id_token(**claims)}]
    with pytest.raises(errors.SignInRefused, match="not accepted"):
        sign_in_person(kit.cloud, kit.tenant, "app", print, wire=kit.microsoft.transport())


@pytest.mark.parametrize(
    ("told", "meaning"),
    [({"error": "authorization_declined"}, "declined"), ({"error": "expired_token"}, "before the code expired")],
)
def test_a_person_who_does_not_sign_in_is_nobody(kit, told, meaning):
    """M28: declining, or not coming, is an error and never a person."""
    kit.microsoft.token_answers = [told]
    with pytest.raises(errors.SignInRefused, match=meaning):
        sign_in_person(kit.cloud, kit.tenant, "app", print, wire=kit.microsoft.transport())


def test_credentials_come_from_the_environment(monkeypatch, tmp_path):
    """M20: NAME_CLIENT_ID and its siblings are found, the name in any letter case."""
    monkeypatch.setenv("CONTOSO_FR_CLIENT_ID", "app")
    monkeypatch.setenv("CONTOSO_FR_CLIENT_SECRET", "the secret")
    monkeypatch.setenv("CONTOSO_FR_REFRESH_TOKEN", "the token")
    found = Credentials.find("contoso_fr", folder=tmp_path, loopback=False)
    assert (found.client_id, found.client_secret, found.refresh_token) == ("app", "the secret", "the token")
    assert "the secret" not in repr(found)
    assert "the token" not in repr(found)


def test_missing_credentials_name_what_was_looked_for(tmp_path):
    """M20: the error names exactly the variables that were looked for."""
    with pytest.raises(errors.CredentialsMissing) as raised:
        Credentials.find("NOBODY", folder=tmp_path, loopback=False)
    for part in ("CLIENT_ID", "CLIENT_SECRET", "CERTIFICATE", "REFRESH_TOKEN"):
        assert f"NOBODY_{part}" in str(raised.value)


def test_credentials_come_from_the_keyring_after_the_environment(monkeypatch, tmp_path):
    """M20: what is not in the environment is looked for in the keyring, under the same name."""
    asked = []

    def get_password(service, name):
        asked.append((service, name))
        return {"STORED_CLIENT_ID": "app", "STORED_REFRESH_TOKEN": "kept"}.get(name)

    monkeypatch.setattr(keyring, "get_password", get_password)
    found = Credentials.find("STORED", folder=tmp_path, loopback=False)
    assert (found.client_id, found.refresh_token) == ("app", "kept")
    assert {service for service, _ in asked} == {"consolidation"}


def test_a_rotated_refresh_token_takes_the_place_of_the_one_in_the_keyring(kit, sign_in, monkeypatch, tmp_path):
    """M20: a new refresh token is kept where the old one came from, so that the next process starts with it."""
    stored = {
        "STORED_CLIENT_ID": kit.user.client_id,
        "STORED_CLIENT_SECRET": "secret",
        "STORED_REFRESH_TOKEN": "first",
    }
    monkeypatch.setattr(keyring, "get_password", lambda _service, name: stored.get(name))
    monkeypatch.setattr(keyring, "set_password", lambda _service, name, value: stored.update({name: value}))
    kit.microsoft.token_answers = [{"refresh_token": "second"}]
    sign_in(Credentials.find("STORED", folder=tmp_path, loopback=False)).access_token()
    assert stored["STORED_REFRESH_TOKEN"] == "second"
    monkeypatch.setenv("STORED_REFRESH_TOKEN", "from the environment")
    kit.microsoft.token_answers = [{"refresh_token": "third"}]
    sign_in(Credentials.find("STORED", folder=tmp_path, loopback=False)).access_token()
    assert stored["STORED_REFRESH_TOKEN"] == "second"  # what the environment gave is not the keyring's to replace


def test_a_file_of_credentials_is_for_loopback_only(tmp_path):
    """S10: the .env file of a simulated service is read on loopback, relative to the folder, and nowhere else."""
    (tmp_path / "source.env").write_text(
        '# made up\nCLIENT_ID=app\nCLIENT_SECRET="a=b"\n\nREFRESH_TOKEN=kept\n', encoding="utf-8"
    )
    found = Credentials.find("source.env", folder=tmp_path, loopback=True)
    assert (found.client_id, found.client_secret, found.refresh_token) == ("app", "a=b", "kept")
    with pytest.raises(errors.CredentialsMissing):
        Credentials.find("source.env", folder=tmp_path, loopback=False)
    with pytest.raises(errors.CredentialsMissing, match=r"nowhere\.env"):
        Credentials.find("nowhere.env", folder=tmp_path, loopback=True)


def test_a_certificate_that_is_not_there_is_said(monkeypatch, tmp_path):
    """M20: a path to no certificate is an error before anything is asked of Microsoft."""
    monkeypatch.setenv("CERT_CLIENT_ID", "app")
    monkeypatch.setenv("CERT_CERTIFICATE", "nowhere.pem")
    with pytest.raises(errors.CredentialsMissing, match=r"nowhere\.pem"):
        Credentials.find("CERT", folder=tmp_path, loopback=False)


def test_a_certificate_that_cannot_sign_is_said(sign_in, tmp_path):
    """M20: a key of a kind that Microsoft Entra does not take is one sentence, not a traceback."""
    issued = trustme.CA().issue_cert("app.example")
    pem = tmp_path / "app.pem"
    pem.write_bytes(issued.private_key_pem.bytes() + issued.cert_chain_pems[0].bytes())
    with pytest.raises(errors.SignInRefused, match="not possible"):
        sign_in(Credentials("TEST", "app", certificate=pem)).access_token()
