"""What may be changed under the target tenant (Transitioning To)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

from pydantic import ValidationError

from partner_center.asked_for import is_about_customer
from partner_center.models import Agreement, Cart, CheckoutResult
from partner_center.operations import Operation
from partner_center.reader import CUSTOMER_AGREEMENT, PartnerCenterReader
from partner_center.tenant_client import segment
from partner_center.transfers import Transfer, TransferRequest, request_body, updated_transfer, withdrawal_body
from partner_center.transport import Call, not_understood


@dataclass(frozen=True)
class CartLine:
    """One line to buy.

    Args:
        catalog_item_id: The offer id (legacy) or the catalogue item id (new commerce).
        quantity: Seats.
        billing_cycle: Such as monthly or annual.
        term_duration: Such as P1Y; None on legacy offers.
        friendly_name: The partner's nickname of the subscription.
        partner_id: Partner ID of the indirect reseller, never of the provider; None in the direct model.
        parent_subscription_id: The base that stands already, for a legacy add-on that is bought alone.
        addons: Legacy add-ons that are bought with this base; an add-on of new commerce is a line of its own.
        custom_term_end_date: The last day (UTC) of an aligned term, one of ``custom_term_end_dates``; None for a whole
            term.
        promotion_id: The promotion as listed; None for none.

    Source: "Create a cart", "Cart resources".
    """

    catalog_item_id: str
    quantity: int
    billing_cycle: str
    term_duration: str | None = None
    friendly_name: str | None = None
    partner_id: str | None = None
    parent_subscription_id: str | None = None
    addons: tuple["CartLine", ...] = ()
    custom_term_end_date: date | None = None
    promotion_id: str | None = None


class TargetClient(PartnerCenterReader):
    """Reads the target tenant, attests agreements, buys through carts, requests transfers: nothing else (S4)."""

    def attest_agreement(
        self,
        customer_id: str,
        template_id: str,
        first_name: str,
        last_name: str,
        email: str,
        date_agreed: date,
        call: Call,
    ) -> Agreement:
        """Attest that a person of the customer accepted the customer agreement. Needs a user.

        A legal statement about a real person and a real day: both come from a person, never from this program.

        Args:
            customer_id: The customer's tenant id.
            template_id: The version of the customer agreement, see ``customer_agreement_template``.
            first_name: Of the person who accepted.
            last_name: Of the person who accepted.
            email: Of the person who accepted.
            date_agreed: The day of acceptance, UTC.
            call: The identity of this effect, written down before.

        Raises:
            AgreementAlreadyConfirmed: The same attestation is on file.
            AppOnlyNotSupported: Signed in without a user; nothing was sent.
            AnswerUnknown: It may or may not be on file: read the agreements (S3).
            PartnerCenterError: Nothing was changed.

        Source: "Confirm customer acceptance of the Microsoft Customer Agreement".
        """
        operation = Operation.ATTEST_AGREEMENT
        self._require_user(operation)
        day = date(date_agreed.year, date_agreed.month, date_agreed.day)
        body = {
            "primaryContact": {"firstName": first_name, "lastName": last_name, "email": email},
            "templateId": template_id,
            "dateAgreed": f"{day.isoformat()}T00:00:00Z",
            "type": CUSTOMER_AGREEMENT,
        }
        path = f"customers/{segment(customer_id)}/agreements"
        answer = self._transport.send("POST", path, body, call, operation=operation)
        try:
            return Agreement.model_validate(answer.body)
        except ValidationError:
            raise not_understood(answer, operation) from None

    def create_cart(self, customer_id: str, lines: Sequence[CartLine], call: Call) -> Cart:
        """Create a cart; it buys nothing. Look at the error and the price of every line before checkout (S14).

        Args:
            customer_id: The customer's tenant id.
            lines: What to buy; add-ons under their base.
            call: The identity of this effect, written down before.

        Raises:
            AgreementMissing: The customer agreement is not confirmed in this tenant.
            NoRelationship: The customer is not one of this tenant.
            AnswerUnknown: The cart may exist; it buys nothing.
            PartnerCenterError: Nothing was changed.
            ValueError: There is no line, or a line with less than one seat; nothing was sent.

        Source: "Create a cart".
        """
        operation = Operation.CREATE_CART
        path = f"customers/{segment(customer_id)}/carts"
        answer = self._transport.send("POST", path, cart_body(lines), call, operation=operation)
        if not is_about_customer(answer.body, customer_id):
            raise not_understood(answer, operation)
        try:
            return Cart.model_validate(answer.body)
        except ValidationError:
            raise not_understood(answer, operation) from None

    def checkout(self, customer_id: str, cart_id: str, call: Call) -> CheckoutResult:
        """Buy what is in the cart. It spends money.

        A repeat after full success gives back the first result; a repeat after a failed order tries that order again.
        So an unanswered checkout is settled by repeating it on this very cart, never with a new one (S3).

        Args:
            customer_id: The customer's tenant id.
            cart_id: The cart, written down before.
            call: The identity of this effect, written down before.

        Returns:
            The orders, and the errors of those that failed: part of a cart can fail although the answer is a success.

        Raises:
            AnswerUnknown: It may or may not have bought (S3).
            PartnerCenterError: Nothing was bought by this request.

        Source: "Check out an order for a customer in a cart".
        """
        operation = Operation.CHECK_OUT_CART
        path = f"customers/{segment(customer_id)}/carts/{segment(cart_id)}/checkout"
        answer = self._transport.send("POST", path, None, call, operation=operation)
        if not is_about_customer(answer.body, customer_id):
            raise not_understood(answer, operation)
        try:
            return CheckoutResult.read(answer.body)
        except ValueError:
            raise not_understood(answer, operation) from None

    def request_transfer(self, customer_id: str, request: TransferRequest, call: Call) -> Transfer:
        """Ask the source for a transfer of new commerce. Nothing moves before the source has accepted.

        Args:
            customer_id: The customer's tenant id.
            request: Whom is asked for which product types.
            call: The identity of this effect, written down before.

        Raises:
            NoRelationship: The customer is not one of this tenant.
            AnswerUnknown: The request may stand: read the transfers (S3).
            PartnerCenterError: Nothing was changed.
            ValueError: It names no product type; nothing was sent.

        Source: "Create a transfer for new commerce".
        """
        operation = Operation.REQUEST_TRANSFER
        path = f"customers/{segment(customer_id)}/transfers"
        answer = self._transport.send("POST", path, request_body(request), call, operation=operation)
        if not is_about_customer(answer.body, customer_id):
            raise not_understood(answer, operation)
        try:
            return Transfer.model_validate(answer.body)
        except ValidationError:
            raise not_understood(answer, operation) from None

    def withdraw_transfer(self, customer_id: str, transfer: Transfer, call: Call) -> Transfer | None:
        """Withdraw a request of our own that nobody has answered yet.

        Args:
            customer_id: The customer's tenant id.
            transfer: As read just before.
            call: The identity of this effect, written down before.

        Returns:
            The transfer as answered; None when the answer says nothing that can be read: read it back either way.

        Raises:
            AnswerUnknown: It may or may not be withdrawn: read it (S3).
            PartnerCenterError: Nothing was changed.
            ValueError: It is not a pending request of this tenant; nothing was sent.

        Source: "Update a transfer request for new commerce".
        """
        operation = Operation.WITHDRAW_TRANSFER
        path = f"customers/{segment(customer_id)}/transfers/{segment(transfer.id)}"
        body = withdrawal_body(transfer, self.tenant)
        answer = self._transport.send("PATCH", path, body, call, operation=operation)
        return updated_transfer(answer, customer_id, transfer, operation)


def cart_body(lines: Sequence[CartLine]) -> dict[str, Any]:
    """Write the lines as the body of a new cart. The reseller attestation goes along only where a Partner ID does.

    Raises:
        ValueError: There is no line, or a line with less than one seat.
    """
    if not lines:
        message = "A cart needs at least one line."
        raise ValueError(message)
    numbers = count()
    body: dict[str, Any] = {"lineItems": [_line_body(line, numbers) for line in lines]}
    if any(every.partner_id for line in lines for every in (line, *line.addons)):
        body["partnerOnRecordAttestationAccepted"] = True
    return body


def _line_body(line: CartLine, numbers: "count[int]") -> dict[str, Any]:
    if line.quantity < 1:
        message = f"{line.catalog_item_id} cannot be bought with {line.quantity} seats."
        raise ValueError(message)
    body: dict[str, Any] = {
        "id": next(numbers),
        "catalogItemId": line.catalog_item_id,
        "quantity": line.quantity,
        "billingCycle": line.billing_cycle,
    }
    if line.term_duration:
        body["termDuration"] = line.term_duration
    if line.custom_term_end_date:
        body["customTermEndDate"] = f"{line.custom_term_end_date:%Y-%m-%d}T00:00:00Z"
    if line.promotion_id:
        body["promotionId"] = line.promotion_id
    if line.friendly_name:
        body["friendlyName"] = line.friendly_name
    if line.partner_id:
        body["participants"] = [{"key": "transaction_reseller", "value": line.partner_id}]
    if line.parent_subscription_id:
        body["provisioningContext"] = {"ParentSubscriptionId": line.parent_subscription_id}
    if line.addons:
        body["addonItems"] = [_line_body(addon, numbers) for addon in line.addons]
    return body
