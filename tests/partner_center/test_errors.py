"""Errors: the right kind by Microsoft's code, with the next step, without a secret."""

import httpx
import pytest

from partner_center import errors
from partner_center.error_codes import BY_STATUS, PARTNER_CENTER, SIGN_IN, SIGN_IN_WORDS


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, 20002, errors.NoRelationship),
        (404, 20003, errors.NotFound),
        (403, 13605, errors.AgreementMissing),
        (400, 2055, errors.StaleEtag),
        (412, 0, errors.StaleEtag),
        (403, 900329, errors.AppOnlyNotSupported),
        (409, 800082, errors.Conflict),
        (403, 900419, errors.LimitReached),
        (400, 424242, errors.Refused),
        (403, 424242, errors.Forbidden),
    ],
)
def test_the_code_decides_the_error(kit, status, code, kind):
    """M22: Microsoft's code decides, the status only where the code is not known."""
    kit.microsoft.on("GET", "customers/.*/orders", kit.refusal(status, code, "Some reason"))
    with pytest.raises(errors.Refused) as raised:
        kit.reader().orders(kit.customer)
    assert type(raised.value) is kind
    assert raised.value.code == str(code)
    assert f"HTTP {status}" in str(raised.value)


def test_both_dialects_and_codes_as_text_are_read(kit):
    """M8: the second dialect without a source, and a code printed as text, are understood."""
    body = {"code": "600061", "message": "Exists.", "description": "Exists.", "errorName": "X", "isRetryable": False}
    kit.microsoft.on("GET", "agreements", kit.answer(body, 400))
    with pytest.raises(errors.AgreementAlreadyConfirmed, match="on file already"):
        kit.reader().agreement_templates()


def test_a_refusal_that_is_not_partner_centers_says_so(kit):
    """M20: the page of a proxy is not taken for Partner Center's word."""
    kit.microsoft.on("GET", "customers", lambda _request: httpx.Response(403, text="<html>Blocked by policy</html>"))
    with pytest.raises(errors.Forbidden, match="something on the way") as raised:
        kit.reader().customers()
    assert raised.value.code is None
    assert "<html>" not in str(raised.value)


def test_an_empty_refusal_is_an_error_too(kit):
    """S7: an error without a body is read by its status."""
    kit.microsoft.on("GET", "customers/.*/carts/X", kit.answer(None, 404))
    with pytest.raises(errors.NotFound, match="no reason was given"):
        kit.reader().cart(kit.customer, "X")


def test_every_known_code_has_a_meaning_and_a_next_step():
    """M20: each error ends in what to do next."""
    rows = [(known.meaning, known.next_step) for known in PARTNER_CENTER.values()]
    rows += [*SIGN_IN.values(), *SIGN_IN_WORDS.values(), *(("status", step) for _, step in BY_STATUS.values())]
    for meaning, step in rows:
        assert meaning
        assert step.endswith(".")


@pytest.mark.parametrize(
    "text",
    [
        "Bearer abcdefgh12345678 was sent",
        "token eyJhbGciOiJIUzI1NiJ9.eyJ0aWQiOiIxIn0.c2lnbmF0dXJl",
        "client_secret=abcdefgh12345678&x=1",
        '{"refresh_token": "abcdefgh12345678"}',
    ],
)
def test_no_secret_reaches_the_text_of_an_error(text):
    """S10: whatever Microsoft or a proxy echoes, tokens and secrets are taken out."""
    error = errors.PartnerCenterError(text)
    assert "abcdefgh12345678" not in str(error)
    assert "eyJ0aWQ" not in str(error)


def test_the_text_of_microsoft_is_one_short_line(kit):
    """S11: a description cannot break a line or flood a report."""
    kit.microsoft.on("GET", "customers", kit.refusal(400, 424242, "a\r\n\tb\x00" + "x" * 2000))
    with pytest.raises(errors.Refused) as raised:
        kit.reader().customers()
    assert "a b x" in str(raised.value)
    assert len(str(raised.value)) < 600


def test_the_tree_at_the_top_of_the_module_is_complete():
    """M20: the errors written out in the module's documentation are those that exist."""
    kinds = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.PartnerCenterError)
    }
    written = set((errors.__doc__ or "").replace("\n", " ").split())
    assert kinds <= written
