"""The people outside: customers who read their mail, Azure support that reads hand-over texts, and time that passes.

They do it as real ones would: over HTTPS, through the pages and their forms.
"""

import json
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from partner_center_simulator.documents import Json

CUSTOMER_HEADER = "X-Consolidation-Customer"
LINK = re.compile(r"https://\S+invType=ResellerRelationship\S*")
TAG = re.compile(r"<[^>]*>")
ACCEPTED = '<p class="good"'
SECONDS = 30
QUARTER_OF_AN_HOUR = 900


class CannotPlay(Exception):
    """The simulator of this home is not running, does not answer, or does not let somebody accept."""


class _Form(HTMLParser):
    """The first form of a page: where it goes and what it carries."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.tick: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the form and its fields."""
        found = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.action:
            self.action = found.get("action", "")
        elif tag == "input" and found.get("type") in ("hidden", "text"):
            self.fields[found["name"]] = found.get("value", "")
        elif tag == "input" and found.get("type") == "checkbox":
            self.tick = found["name"]
            self.fields[found["name"]] = found.get("value", "on")


class _Browser:
    """Speaks HTTPS with one simulator and with nobody else."""

    def __init__(self, home: Path) -> None:
        try:
            self.url = (home / "url.txt").read_text(encoding="utf-8").strip()
            context = ssl.create_default_context(cafile=str(home / "ca.pem"))
        except OSError as error:
            raise CannotPlay(f"No simulator is running with the home {home}: start it with serve.") from error
        self._opener = build_opener(HTTPSHandler(context=context), ProxyHandler({}))

    def get(self, url: str) -> str:
        """Return a page or a JSON text."""
        return self._open(Request(url))  # noqa: S310 -- only addresses of the simulator are opened, see _open

    def submit(self, page: str, **values: str) -> str:
        """Fill the form of a page and return the page that follows."""
        form = _Form(page)
        body = urlencode({**form.fields, **values}).encode()
        return self._open(Request(urljoin(self.url, form.action), data=body))  # noqa: S310 -- as above

    def post(self, path: str, body: Json) -> Json:
        """Send JSON to the control API and return its answer."""
        headers = {"Content-Type": "application/json"}
        request = Request(f"{self.url}{path}", data=json.dumps(body).encode(), headers=headers)  # noqa: S310 -- as above
        return json.loads(self._open(request))

    def _open(self, request: Request) -> str:
        if not request.full_url.startswith(f"{self.url}/"):
            raise CannotPlay(f"{request.full_url} does not belong to the simulator on {self.url}.")
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                text: str = answer.read().decode("utf-8-sig")
                return text
        except HTTPError as error:
            # A page that says no is a page too: what it says decides.
            return error.read().decode("utf-8-sig")
        except URLError as error:
            raise CannotPlay(f"The simulator on {self.url} does not answer: {error.reason}.") from error


@dataclass(frozen=True)
class Act:
    """What one of the people did, or why nothing.

    Attributes:
        sentence: In words, with the company's name as the customer wrote it.
        acted: Whether something changed by it.
    """

    sentence: str
    acted: bool


def play_the_people(archive: Path, home: Path) -> Iterator[Act]:
    """Let every customer that has mail and accepts now accept, hand Azure texts over, and let transfers come to an end.

    Args:
        archive: Folder with mails (``*.eml``) and texts (``azure-hand-over*.txt``), at any depth.
        home: Home folder of the running simulator.

    Yields:
        One act for each customer that has mail, each Azure subscription handed over and each transfer under way, also
        when nobody acted.

    Raises:
        CannotPlay: The simulator is not running, or did not take an acceptance.
    """
    browser = _Browser(home)
    # One visit for all mails of a customer: a reminder, or the mail of a second source, is no further visit.
    links: dict[str, str] = {}
    for path in sorted(archive.rglob("*.eml")):
        invitation = _invitation(path)
        if invitation is not None:
            links.setdefault(*invitation)
    for customer, link in links.items():
        yield _answer_mail(browser, customer, link)
    for path in sorted(archive.rglob("azure-hand-over*.txt")):
        for act in browser.post("/simulator/azure-support", {"text": path.read_text(encoding="utf-8")}):
            sentence = f"Azure support, {act['company']}, subscription {act['entitlement']}: {act['result']}"
            yield Act(sentence, act["result"] == "moved")
    yield from _let_transfers_end(browser)


def _let_transfers_end(browser: _Browser) -> Iterator[Act]:
    """Let the quarter of an hour pass that Microsoft usually takes for a transfer, when one is under way."""
    under_way = _in_progress(browser)
    if not under_way:
        return
    browser.post("/simulator/clock", {"advance_seconds": QUARTER_OF_AN_HOUR})
    still = _in_progress(browser).keys()
    for transfer, customer in under_way.items():
        words = "is not through yet" if transfer in still else "has ended"
        yield Act(f"A quarter of an hour later: transfer {transfer} of {customer} {words}", transfer not in still)


def _in_progress(browser: _Browser) -> dict[str, str]:
    found = json.loads(browser.get(f"{browser.url}/simulator/transfers"))
    return {
        one["id"]: str(one.get("customerName") or one["customerTenantId"])
        for one in found
        if one["status"] == "InProgress"
    }


def _invitation(path: Path) -> tuple[str, str] | None:
    """Return customer and link of an invitation mail; None for any other mail."""
    with path.open("rb") as file:
        message = BytesParser(_class=EmailMessage, policy=policy.default).parse(file)
    customer = str(message.get(CUSTOMER_HEADER, "")).strip()
    part = message.get_body(preferencelist=("plain",))
    link = LINK.search(part.get_content()) if part is not None else None
    return (customer, link.group().rstrip(">).,")) if customer and link else None


def _answer_mail(browser: _Browser, customer: str, link: str) -> Act:
    person = browser.post("/simulator/visits", {"customer": customer})
    if "user" not in person:
        return Act(f"{customer}: no such customer tenant", acted=False)
    company, user = person["company"], person["user"]
    if urlsplit(link)[:2] != urlsplit(browser.url)[:2]:
        return Act(f"{company}: the link does not lead to this simulator and was not opened", acted=False)
    if not person["accepts_now"]:
        return Act(f"{company}: does not answer", acted=False)
    page = browser.submit(browser.get(link), user=user)
    if _Form(page).tick is None:
        return Act(f"{company}: {_heading(page)}", acted=False)
    answer = browser.submit(page)
    if ACCEPTED not in answer:
        raise CannotPlay(f"{company}: {user} could not accept: {_heading(answer)}")
    return Act(f"{company}: {user} accepted: {_heading(answer)}", acted=True)


def _heading(page: str) -> str:
    found = re.search(r'<p class="(?:good|problem)"[^>]*>(.*?)</p>', page) or re.search(r"<h1>(.*?)</h1>", page)
    return unescape(TAG.sub("", found.group(1))) if found else "the page was not understood"
