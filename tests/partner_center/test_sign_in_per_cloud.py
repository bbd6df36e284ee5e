"""Signing in to each cloud, with each kind of credentials, to the letter of what goes over the wire."""

import re
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import jwt
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import NoEncryption, load_pem_private_key, pkcs12

from partner_center import CLOUDS, Credentials, Patience, SignIn, TargetClient, errors

TENANT = "0b1f6f0e-51a1-4c55-9a7e-6d0c3d7a1001"
KEY = "a key for the tokens of these tests, long enough for HMAC"
WORLDWIDE = "https://api.partnercenter.microsoft.com"

HOSTS = {
    "global": ("login.microsoftonline.com", WORLDWIDE),
    "us-government": ("login.microsoftonline.us", WORLDWIDE),
    "china": ("login.partner.microsoftonline.cn", "https://partner.partnercenterapi.microsoftonline.cn"),
    "germany": ("login.microsoftonline.de", WORLDWIDE),
}
"""Where each cloud signs in, and the audience of its tokens, as the contract prints them."""

GRANTS = {
    "secret": (Credentials("TEST", "app", client_secret="secret"), "client_credentials"),
    "refresh token": (Credentials("TEST", "app", client_secret="secret", refresh_token="refresh"), "refresh_token"),
    "device code": (Credentials("TEST", "app"), "urn:ietf:params:oauth:grant-type:device_code"),
}


class Entra:
    """The sign-in service of a cloud, which takes a client secret or an assertion that a certificate signed."""

    def __init__(self, certificate: x509.Certificate | None = None) -> None:
        self.certificate = certificate
        self.requests: list[httpx.Request] = []
        self.assertions: list[dict] = []
        self.claims: dict[str, object] = {}

    def wire(self) -> httpx.MockTransport:
        """Make the wire that leads here."""
        return httpx.MockTransport(self._answer)

    def forms(self) -> list[dict[str, str]]:
        """List the forms that were posted."""
        posted = [request for request in self.requests if request.method == "POST"]
        return [{k: v[0] for k, v in parse_qs(request.content.decode()).items()} for request in posted]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        base = f"https://{request.url.host}/{TENANT}"
        if request.url.path.startswith("/v1/"):
            return httpx.Response(200, json={"tenantId": TENANT})
        if request.url.path.endswith("openid-configuration"):
            return httpx.Response(
                200,
                json={
                    "issuer": f"{base}/v2.0",
                    "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                    "token_endpoint": f"{base}/oauth2/v2.0/token",
                    "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
                },
            )
        if request.url.path.endswith("devicecode"):
            flow = {"user_code": "ABCD", "device_code": "secret of the device", "expires_in": 60, "interval": 0}
            return httpx.Response(200, json={**flow, "verification_uri": f"{base}/device", "message": "Enter ABCD."})
        return self._token(f"{base}/oauth2/v2.0/token")

    def _token(self, endpoint: str) -> httpx.Response:
        if self.certificate is not None:
            try:
                self._verify(self.forms()[-1]["client_assertion"], endpoint)
            except jwt.InvalidTokenError as error:
                return httpx.Response(400, json={"error": "invalid_client", "error_description": str(error)})
        token = jwt.encode({"tid": TENANT, **self.claims}, KEY, algorithm="HS256")
        return httpx.Response(200, json={"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def _verify(self, assertion: str, endpoint: str) -> None:
        """Believe an assertion as Microsoft Entra does: by the public key of the certificate that is on file."""
        header = jwt.get_unverified_header(assertion)
        thumbprint = jwt.utils.base64url_encode(self.certificate.fingerprint(SHA256())).decode()
        if str(header.get("x5t#S256")).rstrip("=") != thumbprint:
            message = "the thumbprint is that of another certificate"
            raise jwt.InvalidTokenError(message)
        required = {"require": ["aud", "iss", "sub", "exp", "jti"]}
        key = self.certificate.public_key()
        claims = jwt.decode(assertion, key, ["PS256"], audience=endpoint, issuer="app", options=required)
        self.assertions.append(claims)


@pytest.mark.parametrize("grant", GRANTS)
@pytest.mark.parametrize("cloud", HOSTS)
def test_authority_audience_and_scope_follow_the_cloud(cloud, grant):
    """M1, M20: the explicit tenant at the cloud's own host, and a token for the cloud's own Partner Center."""
    host, audience = HOSTS[cloud]
    credentials, kind = GRANTS[grant]
    entra = Entra()
    shown: list[str] = []
    client = TargetClient(CLOUDS[cloud], TENANT, credentials, wire=entra.wire(), show=shown.append)
    with client:
        # An application alone reads its tenant in the token, a user in the organisation profile.
        client.check_tenant()
    signing_in = [request for request in entra.requests if not request.url.path.startswith("/v1/")]
    assert {request.url.host for request in signing_in} == {host}
    assert all(request.url.path.startswith(f"/{TENANT}/") for request in signing_in)
    form = entra.forms()[-1]
    assert form["grant_type"] == kind
    assert form["client_id"] == "app"
    scopes = entra.forms()[0]["scope"].split()
    assert f"{audience}/.default" in scopes
    # Beside it there is only what gives a refresh token and an identity: no right to anything else is asked for.
    assert set(scopes) <= {f"{audience}/.default", "openid", "profile", "offline_access"}
    called = [str(request.url) for request in entra.requests if request.url.path.startswith("/v1/")]
    assert called == ([] if client.app_only else [f"{audience}/v1/profiles/organization"])
    assert shown == (["Enter ABCD."] if grant == "device code" else [])


def sign_in(entra: Entra, credentials: Credentials, **options) -> SignIn:
    """Make a sign-in to the global cloud."""
    return SignIn(CLOUDS["global"], TENANT, credentials, wire=entra.wire(), **options)


@pytest.fixture
def issued() -> trustme.LeafCert:
    """Issue a certificate with an RSA key, as Microsoft Entra wants it."""
    return trustme.CA(key_type=trustme.KeyType.RSA).issue_cert("app.example", key_type=trustme.KeyType.RSA)


def stored(issued: trustme.LeafCert, folder: Path, form: str) -> Path:
    """Store key and certificate in one file."""
    key, certificate = issued.private_key_pem.bytes(), issued.cert_chain_pems[0].bytes()
    path = folder / f"app.{form.split()[0]}"
    if form == "pfx":
        loaded = pkcs12.serialize_key_and_certificates(
            b"app", load_pem_private_key(key, None), x509.load_pem_x509_certificate(certificate), None, NoEncryption()
        )
        path.write_bytes(loaded)
    else:
        path.write_bytes(certificate + key if form == "pem certificate first" else key + certificate)
    return path


@pytest.mark.parametrize("form", ["pem", "pem certificate first", "pfx"])
def test_an_assertion_that_the_certificate_signed_is_believed(issued, tmp_path, form):
    """M20: the token endpoint verifies it with the public key alone: signature, thumbprint, audience and issuer."""
    entra = Entra(x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes()))
    signing = sign_in(entra, Credentials("TEST", "app", certificate=stored(issued, tmp_path, form)))
    assert signing.app_only
    assert signing.tenant_of_token() == TENANT
    (claims,) = entra.assertions
    assert claims["iss"] == claims["sub"] == "app"
    assert claims["aud"] == f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"
    sent = b"".join(request.content for request in entra.requests)
    assert b"PRIVATE" not in sent
    assert b"client_secret" not in sent


def test_a_user_signs_in_with_refresh_token_and_certificate(issued, tmp_path):
    """M20: app + user with a certificate in place of the secret is the same refresh, proven by an assertion."""
    entra = Entra(x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes()))
    path = stored(issued, tmp_path, "pem")
    signing = sign_in(entra, Credentials("TEST", "app", certificate=path, refresh_token="refresh"))
    signing.access_token()
    assert not signing.app_only
    assert len(entra.assertions) == 1
    assert entra.forms()[-1]["grant_type"] == "refresh_token"


def test_another_certificate_is_refused(issued, tmp_path):
    """M20: the key on file decides: what another key signed is refused, and said in one sentence."""
    other = trustme.CA(key_type=trustme.KeyType.RSA).issue_cert("app.example", key_type=trustme.KeyType.RSA)
    entra = Entra(x509.load_pem_x509_certificate(other.cert_chain_pems[0].bytes()))
    signing = sign_in(entra, Credentials("TEST", "app", certificate=stored(issued, tmp_path, "pem")))
    with pytest.raises(errors.SignInRefused, match="client id or its secret is wrong"):
        signing.access_token()
    assert entra.assertions == []


@pytest.mark.parametrize("content", [b"", b"no certificate", b"\xff\xfe", "Schlüssel".encode()])
@pytest.mark.parametrize("name", ["app.pem", "app.pfx"])
def test_a_file_that_holds_no_certificate_is_said(tmp_path, name, content):
    """M20: a broken file of key and certificate is one sentence with the next step, whatever is in it."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(errors.SignInRefused, match="not possible"):
        sign_in(Entra(), Credentials("TEST", "app", certificate=path)).access_token()


@pytest.mark.parametrize("grant", ["refresh token", "device code"])
@pytest.mark.parametrize("methods", [["pwd"], ["rsa"], []])
def test_a_token_without_mfa_is_found_before_the_first_call(grant, methods):
    """M20: a user's token whose methods lack multifactor authentication is explained, and nothing is asked with it."""
    entra = Entra()
    entra.claims = {"amr": methods}
    client = TargetClient(CLOUDS["global"], TENANT, GRANTS[grant][0], wire=entra.wire(), show=lambda _message: None)
    with client, pytest.raises(errors.SignInRefused, match="multifactor") as raised:
        client.organization_profile()
    assert re.search("MFA", raised.value.next_step)
    assert not [request for request in entra.requests if request.url.path.startswith("/v1/")]


@pytest.mark.parametrize("claims", [{"amr": ["pwd", "mfa"]}, {"amr": ["ngcmfa"]}, {}, {"amr": "pwd"}])
def test_only_a_token_that_says_so_lacks_mfa(claims):
    """M20: a token that does not list how its user signed in is left to Partner Center."""
    entra = Entra()
    entra.claims = claims
    assert sign_in(entra, GRANTS["refresh token"][0]).access_token()


def test_an_application_alone_needs_no_mfa():
    """M20: nobody signed in, so there is nothing to prove a second time."""
    entra = Entra()
    entra.claims = {"amr": ["pwd"]}
    assert sign_in(entra, GRANTS["secret"][0], patience=Patience(attempts=1)).access_token()


def test_a_refresh_token_that_came_with_a_useless_token_is_kept(monkeypatch):
    """M20: the old refresh token may be spent, so the new one is kept also when its access token lacks MFA."""
    entra = Entra()
    entra.claims = {"amr": ["pwd"]}
    plain = entra._token

    def rotate(endpoint: str) -> httpx.Response:
        body = plain(endpoint).json()
        return httpx.Response(200, json={**body, "refresh_token": "rotated"})

    monkeypatch.setattr(entra, "_token", rotate)
    signing = sign_in(entra, GRANTS["refresh token"][0])
    for _ in range(2):
        with pytest.raises(errors.SignInRefused):
            signing.access_token()
    assert [form["refresh_token"] for form in entra.forms()] == ["refresh", "rotated"]
