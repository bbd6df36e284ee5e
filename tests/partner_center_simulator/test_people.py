"""The acceptance page, the play of the people outside, Azure support."""

import subprocess
import sys

import pytest

from partner_center_simulator.entra.tokens import Tokens
from partner_center_simulator.people.outside import Act, CannotPlay, play_the_people
from partner_center_simulator.server import Server

LINK = "/Adminportal/Home?invType=ResellerRelationship&msppId=0&DAP=false&partnerId="


@pytest.fixture
def target(world):
    """Return the tenant id of the target."""
    return world.state.partner("contoso-europe")["tenant"]


def play(world, archive, *options):
    """Run the command that plays the people."""
    command = [sys.executable, "-m", "partner_center_simulator", "play", str(archive), *options]
    return subprocess.run(
        [*command, "--home", str(world.server.home)], capture_output=True, text=True, encoding="utf-8", check=True
    )


def azure(world, name):
    """Return the legacy Azure subscriptions of Northwind under a tenant."""
    customer = world.customer("Northwind")
    items = world.read(world.api(name).get(f"/customers/{customer}/subscriptions"))["items"]
    return [item for item in items if item["offerId"] == "MS-AZR-0145P"]


def test_global_admin_signs_in_ticks_and_accepts(world, target):
    """The customer appears under the partner only after its Global admin ticked and accepted (M7)."""
    customer = world.customer("Fabrikam")
    api = world.api("contoso-europe")
    with world.browser() as browser:
        assert "Contoso Europe SE" in browser.get(LINK + target).text
        data = {"partnerId": target, "user": "Admin@FabrikamBoulangerie.onmicrosoft.com"}
        consent = browser.post("/Adminportal/sign-in", data=data).text
        assert "Contoso Europe SE" in consent
        session = consent.split('name="session" value="')[1].split('"')[0]
        untouched = browser.post("/Adminportal/accept", data={"session": session})
        assert untouched.status_code == 400
        assert "Tick the box" in untouched.text
        assert api.get(f"/customers/{customer}").status_code == 403
        done = browser.post("/Adminportal/accept", data={"session": session, "agree": "yes"})
        assert "is now a partner" in done.text
    assert world.read(api.get(f"/customers/{customer}"))["relationshipToPartner"] == "reseller"
    assert world.writes()[-1]["effect"] == {"related": [customer]}


def test_only_a_global_admin_can_accept(world, target):
    """An ordinary user is told that only a Global admin can accept, an unknown one that there is no such account."""
    with world.browser() as browser:
        for user, sentence in (
            ("reception@fabrikamboulangerie.onmicrosoft.com", "Only a Global admin can accept"),
            ("nobody@fabrikamboulangerie.onmicrosoft.com", "could not find an account"),
            ("<script>alert(1)</script>@x", "could not find an account"),
        ):
            page = browser.post("/Adminportal/sign-in", data={"partnerId": target, "user": user})
            assert page.status_code == 400
            assert sentence in page.text
            assert "<script>" not in page.text


@pytest.mark.parametrize("query", ["", "?invType=Other&partnerId=x", LINK + "11111111-2222-4333-8444-555555555555"])
def test_broken_link_says_so(world, query):
    """A link without a known partner tenant leads to a page that says what to do."""
    with world.browser() as browser:
        page = browser.get(query if query.startswith("/") else f"/Adminportal/Home{query}")
    assert page.status_code == 400
    assert "from the mail again" in page.text


def test_forged_session_is_refused(world):
    """The second step cannot be reached without the first."""
    with world.browser() as browser:
        page = browser.post("/Adminportal/accept", data={"session": "forged", "agree": "yes"})
    assert page.status_code == 400
    assert "expired" in page.text


def test_start_page_tells_what_this_is(world):
    """The page at / names partners and customers and leads to the pages for people."""
    with world.browser() as browser:
        page = browser.get("/").text
    assert "simulated on this computer" in page
    assert "Fabrikam Boulangerie" in page
    assert "/devicelogin" in page


def test_play_answers_the_mail_of_those_who_accept(world, tmp_path):
    """Customers with mail accept when they are such as do, through the real pages; playing again changes nothing."""
    world.write_mail(tmp_path, world.customer("Fabrikam"))
    world.write_mail(tmp_path, world.customer("Alpine"))
    alpine, fabrikam = play_the_people(tmp_path, world.server.home)
    assert alpine == Act("Alpine Ski House GmbH: does not answer", acted=False)
    assert fabrikam.acted
    assert fabrikam.sentence.endswith("accepted: Contoso Europe SE is now a partner of Fabrikam Boulangerie.")
    listed = world.read(world.api("contoso-europe").get("/customers"))["items"]
    assert [item["id"] for item in listed] == [world.customer("Fabrikam")]
    again = list(play_the_people(tmp_path, world.server.home))
    assert "already is a partner" in again[1].sentence
    assert [act.acted for act in again] == [False, False]
    assert len([entry for entry in world.writes() if entry["actor"] == "customer"]) == 1


def test_play_prints_only_who_acted(world, tmp_path):
    """The command prints a line when somebody acted now and nothing when nobody did, and ends with 0 both ways."""
    world.write_mail(tmp_path, world.customer("Fabrikam"))
    world.write_mail(tmp_path, world.customer("Alpine"))
    first = play(world, tmp_path)
    assert first.stdout.splitlines() == [
        "Fabrikam Boulangerie: admin@fabrikamboulangerie.onmicrosoft.com accepted: "
        "Contoso Europe SE is now a partner of Fabrikam Boulangerie."
    ]
    again = play(world, tmp_path)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    told = play(world, tmp_path, "--verbose")
    assert (told.returncode, told.stdout) == (0, "")
    assert "Alpine Ski House GmbH: does not answer" in told.stderr
    assert "already is a partner" in told.stderr


def test_play_opens_no_link_that_leads_elsewhere(world, tmp_path):
    """A link to another host is not opened."""
    world.write_mail(
        tmp_path, world.customer("Fabrikam"), "https://localhost:1/Adminportal/Home?invType=ResellerRelationship&x=1"
    )
    sentence = "Fabrikam Boulangerie: the link does not lead to this simulator and was not opened"
    assert list(play_the_people(tmp_path, world.server.home)) == [Act(sentence, acted=False)]


def test_play_without_a_simulator_says_so(tmp_path):
    """Without a running simulator the play says how to start one."""
    with pytest.raises(CannotPlay, match="start it with serve"):
        list(play_the_people(tmp_path, tmp_path))


def test_azure_support_moves_after_the_hand_over(world, tmp_path):
    """Support moves legacy Azure of customers who accepted: source suspended, target active, same entitlement (M15)."""
    before = azure(world, "contoso-france")[0]
    text = f"Northwind Traders\ncustomer {world.customer('Northwind')}\nAzure subscription {before['entitlementId']}\n"
    (tmp_path / "azure-hand-over-1.txt").write_text(text, encoding="utf-8")
    (refused,) = play_the_people(tmp_path, world.server.home)
    assert not refused.acted
    assert "has not accepted" in refused.sentence
    assert azure(world, "contoso-france")[0]["status"] == "active"
    world.accept("Northwind")
    (moved,) = play_the_people(tmp_path, world.server.home)
    assert moved.acted
    assert moved.sentence.endswith(": moved")
    left, arrived = azure(world, "contoso-france")[0], azure(world, "contoso-europe")[0]
    assert (left["status"], arrived["status"]) == ("suspended", "active")
    assert arrived["entitlementId"] == left["entitlementId"]
    assert arrived["id"] != left["id"]
    entry = world.writes()[-1]
    assert (entry["actor"], entry["effect"]["moved"][0]["to"]) == ("support", arrived["id"])
    (again,) = play_the_people(tmp_path, world.server.home)
    assert not again.acted
    assert again.sentence.endswith(": already moved")
    # Somebody reactivates what was moved: whoever asks support again has it suspended, and the target's goes on.
    change = {"tenant": "contoso-france", "customer": world.customer("Northwind"), "subscription": left["id"]}
    assert world.control("POST", "portal", {**change, "status": "active"})["status"] == "active"
    (ended,) = play_the_people(tmp_path, world.server.home)
    assert "suspended again" in ended.sentence
    left, arrived = azure(world, "contoso-france")[0], azure(world, "contoso-europe")[0]
    assert (left["status"], arrived["status"]) == ("suspended", "active")
    assert len(azure(world, "contoso-europe")) == 1


def test_azure_support_leaves_seats_alone(world):
    """Support touches Azure only; a customer without Azure is answered and left alone (S2)."""
    world.accept("Fabrikam")
    acts = world.control("POST", "azure-support", {"text": f"Fabrikam {world.customer('Fabrikam')}"})
    assert [act["result"] for act in acts] == ["no Azure subscription"]
    assert all(entry["actor"] != "support" for entry in world.writes())


def make_late(world, company):
    """Make a customer one who accepts at the second visit."""
    customer = world.state.customer(world.customer(company))
    with world.state.transaction():
        world.state.documents.put("customer", "", customer["id"], {**customer, "accepts": "late"})


def test_late_customer_accepts_at_the_second_visit(world, tmp_path):
    """A customer who is late accepts at the second play whatever the clock says, one visit for all its mails (M35)."""
    make_late(world, "Fabrikam")
    world.write_mail(tmp_path / "contoso-france", world.customer("Fabrikam"))
    world.write_mail(tmp_path / "contoso-germany", world.customer("Fabrikam"))
    world.control("POST", "clock", {"advance_seconds": 40 * 86400})
    assert [act.acted for act in play_the_people(tmp_path, world.server.home)] == [False]
    world.control("POST", "clock", {"advance_seconds": -80 * 86400})
    assert [act.acted for act in play_the_people(tmp_path, world.server.home)] == [True]
    assert [act.acted for act in play_the_people(tmp_path, world.server.home)] == [False]


def test_visits_survive_a_restart(world, tmp_path):
    """How often a customer was visited is kept over a restart, and an unknown customer is not visited."""
    for number in (1, 2):
        with Server(tmp_path / "home", portfolio="first") as server:
            here = type(world)(server)
            answer = here.control("POST", "visits", {"customer": here.customer("Alpine")})
            assert (answer["visit"], answer["accepts_now"]) == (number, False)
            with here.browser() as browser:
                assert browser.post("/simulator/visits", json={"customer": "nobody"}).status_code == 404


def test_acceptance_that_fails_is_said(world, tmp_path, monkeypatch):
    """When the page does not take an acceptance the play ends with a sentence and claims nothing."""
    world.write_mail(tmp_path, world.customer("Fabrikam"))
    monkeypatch.setattr(Tokens, "form_token", lambda *_: "expired")
    with pytest.raises(CannotPlay, match="could not accept: This link does not work"):
        list(play_the_people(tmp_path, world.server.home))
