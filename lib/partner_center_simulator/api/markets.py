"""The market that a call of the catalogue names."""

from partner_center_simulator.api.calls import Call
from partner_center_simulator.refusals import Refusal


def country_of(call: Call) -> str:
    """Return the country of a call, two letters in upper case.

    Raises:
        Refusal: 400 / 800002 when it is missing or no market.
    """
    country = call.query.get("country", "")
    if len(country) != 2 or not country.isalpha():
        raise Refusal(400, 800002, "country must be a market of two letters.")
    return country.upper()
