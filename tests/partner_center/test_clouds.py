"""The clouds: endpoints, limits, and what counts as this very computer."""

import dataclasses

import pytest

from partner_center import CLOUDS, Cloud


def loopback(address: str) -> Cloud:
    """Make a cloud with one address for everything."""
    return Cloud("here", address, address, address)


def test_the_four_clouds_are_known_with_their_endpoints():
    """M1: global, US Government, 21Vianet and Germany are known, and scope and sign-in follow the cloud."""
    assert set(CLOUDS) == {"global", "us-government", "china", "germany"}
    assert CLOUDS["global"].scope == "https://api.partnercenter.microsoft.com/.default"
    assert CLOUDS["us-government"].login == "https://login.microsoftonline.us"
    assert CLOUDS["china"].partner_center == "https://partner.partnercenterapi.microsoftonline.cn"
    assert all(len(set(cloud.endpoints)) == 3 for cloud in CLOUDS.values())


def test_what_a_cloud_does_not_allow_is_said_in_sentences():
    """M1: Germany is closed, and US Government takes no relationship request with an existing customer."""
    assert CLOUDS["germany"].closed
    assert not CLOUDS["global"].closed
    assert not CLOUDS["global"].limits
    assert "existing customer" in CLOUDS["us-government"].limits[0]
    assert any("Azure" in limit for limit in CLOUDS["china"].limits)
    assert all(limit.endswith(".") for cloud in CLOUDS.values() for limit in cloud.limits)


@pytest.mark.parametrize(
    "address", ["https://localhost:47443", "http://127.0.0.1:80", "https://127.8.9.1", "https://[::1]:8443"]
)
def test_this_computer_is_loopback(address, monkeypatch):
    """S12: localhost, 127/8 and ::1 count as loopback."""
    monkeypatch.setattr("urllib.request.getproxies", dict)
    assert loopback(address).is_loopback


@pytest.mark.parametrize(
    "address",
    [
        "https://localhost.example",
        "https://127.0.0.1.example",
        "https://128.0.0.1",
        "https://0.0.0.0",
        "https://[::2]",
        "https://10.0.0.1",
    ],
)
def test_nothing_that_looks_like_this_computer_is_loopback(address, monkeypatch):
    """S12: a host that only resembles localhost does not count."""
    monkeypatch.setattr("urllib.request.getproxies", dict)
    assert not loopback(address).is_loopback


def test_one_foreign_endpoint_is_enough_to_leave_loopback(monkeypatch):
    """S12: every endpoint has to be this computer."""
    monkeypatch.setattr("urllib.request.getproxies", dict)
    here = loopback("https://localhost")
    for field in ("login", "partner_center", "graph"):
        assert not dataclasses.replace(here, **{field: "https://login.microsoftonline.com"}).is_loopback


def test_a_proxy_ends_loopback(monkeypatch):
    """S12: where a proxy would be used for localhost it is not loopback, and with an exception for it, it is."""
    monkeypatch.setattr("urllib.request.getproxies", lambda: {"https": "http://proxy.example:3128"})
    monkeypatch.setattr("urllib.request.proxy_bypass", lambda _host: False)
    assert not loopback("https://localhost").is_loopback
    monkeypatch.setattr("urllib.request.proxy_bypass", lambda host: host == "localhost")
    assert loopback("https://localhost").is_loopback


@pytest.mark.parametrize("address", ["http://partner.example", "https://partner.example/v1", "partner.example", ""])
def test_an_address_that_would_send_tokens_in_clear_is_refused(address):
    """S10: an endpoint is an https address without a path; plain http is for this computer only."""
    with pytest.raises(ValueError, match="https address"):
        loopback(address)
