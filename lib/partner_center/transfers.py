"""Transfers between two partners: what is read of them, and the bodies that ask for one, withdraw it and accept it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationError

from partner_center.answers import Answer
from partner_center.asked_for import is_about_customer
from partner_center.operations import Operation
from partner_center.resource import Instant, OptionalText, Resource, Text, Word, absent_as_no_rows, same_id
from partner_center.transport import not_understood

NEW_COMMERCE = 5
"""The transfer type of new commerce ("TransferEntity resources"); an older page says 3, and either works."""


class TransferLineItem(Resource):
    """One subscription in a transfer. Source: "TransferEntity resources".

    ``subscription_id`` is the one under the source; ``order_id`` is the order that the transfer made under the target,
    None before it is complete. ``transfer_error`` says why this one did not move.
    """

    id: Text = ""
    subscription_id: Text = ""
    source_subscription_id: OptionalText = None
    quantity: int | None = None
    billing_cycle: Word = ""
    product_type: OptionalText = None
    friendly_name: Text = ""
    offer_id: OptionalText = None
    order_id: OptionalText = None
    partner_id_on_record: OptionalText = None
    transfer_group_id: OptionalText = None
    transfer_error: OptionalText = None
    status: Word = ""


class Transfer(Resource):
    """A transfer of a customer's subscriptions from one partner to another. Source: "TransferEntity resources".

    ``status`` is an open list: pages, samples and the portal differ. The target sees ``line_items`` only after
    completion.
    """

    id: str
    status: Word = ""
    transfer_type: Text = ""
    customer_tenant_id: OptionalText = None
    source_partner_tenant_id: OptionalText = None
    source_partner_name: Text = ""
    target_partner_tenant_id: OptionalText = None
    target_partner_name: Text = ""
    target_product_types: Annotated[tuple[str, ...], BeforeValidator(absent_as_no_rows)] = ()
    partner_on_record: OptionalText = None
    created_time: Instant = None
    last_modified_time: Instant = None
    completed_time: Instant = None
    expiration_time: Instant = None
    line_items: Annotated[tuple[TransferLineItem, ...], BeforeValidator(absent_as_no_rows)] = ()


class TransferEligibility(Resource):
    """Whether a subscription may be transferred, and why not. Source: "TransferEligibility resources"."""

    id: str
    is_eligible: bool | None = None
    reason: Text = ""


@dataclass(frozen=True)
class TransferRequest:
    """What the target asks a source for. It names no subscription: the source selects them.

    Args:
        source_tenant: Partner tenant id of the source.
        product_types: OnlineServicesNCE, AzureSubscription and others; what the source may select from.
        customer_name: The customer's company name.
        customer_email: The customer's address that Microsoft notifies; None leaves it out.
        partner_id: Partner ID of the indirect reseller; None in the direct model.

    Source: "Create a transfer for new commerce".
    """

    source_tenant: str
    product_types: tuple[str, ...]
    customer_name: str
    customer_email: str | None = None
    partner_id: str | None = None


@dataclass(frozen=True)
class TransferItem:
    """One subscription that the source selects; never a part of its seats.

    Args:
        subscription_id: Under the source.
        product_type: As in the request.
        quantity: All its seats.
        partner_id: Partner ID on record, carried over; None in the direct model.
    """

    subscription_id: str
    product_type: str
    quantity: int
    partner_id: str | None = None


def request_body(request: TransferRequest) -> dict[str, Any]:
    """Write a request as the body of a new transfer.

    Raises:
        ValueError: It names no product type; without one it would ask for everything that the customer has.
    """
    if not request.product_types:
        message = "A request for a transfer names its product types."
        raise ValueError(message)
    body: dict[str, Any] = {
        "sourcePartnerTenantId": request.source_tenant,
        "customerName": request.customer_name,
        "transferType": NEW_COMMERCE,
        "targetProductTypes": list(request.product_types),
    }
    if request.customer_email:
        body["customerEmailId"] = request.customer_email
    if request.partner_id:
        body["partnerOnRecord"] = request.partner_id
    return body


def withdrawal_body(transfer: Transfer, tenant: str) -> dict[str, Any]:
    """Write the body that withdraws a request.

    Raises:
        ValueError: It is not a pending request of this partner tenant: nothing else may be withdrawn (S4).
    """
    if transfer.status != "pending" or not same_id(transfer.target_partner_tenant_id, tenant):
        message = f"Transfer {transfer.id} is {transfer.status or 'without a status'}: only an own pending one ends so."
        raise ValueError(message)
    return {
        "id": transfer.id,
        "status": "Cancel",
        "targetPartnerTenantId": transfer.target_partner_tenant_id,
        "sourcePartnerTenantId": transfer.source_partner_tenant_id,
    }


def acceptance_body(transfer: Transfer, items: Sequence[TransferItem], tenant: str) -> dict[str, Any]:
    """Write the body that accepts a request with exactly these subscriptions.

    Raises:
        ValueError: Nothing is selected, or the request was not made to this partner tenant.
    """
    if not items or not same_id(transfer.source_partner_tenant_id, tenant):
        message = f"Transfer {transfer.id} cannot be accepted here: it asks another partner, or nothing is selected."
        raise ValueError(message)
    return {
        "id": transfer.id,
        # Documented is that the source accepts with this call and adds the line items. The word is inferred from the
        # published states: Pending, then InProgress.
        "status": "InProgress",
        "transferType": transfer.received.get("transferType") or NEW_COMMERCE,
        "lineItems": [_item_body(item) for item in items],
    }


def _item_body(item: TransferItem) -> dict[str, Any]:
    body: dict[str, Any] = {
        "subscriptionId": item.subscription_id,
        "productType": item.product_type,
        "quantity": item.quantity,
    }
    if item.partner_id:
        body["partnerIdOnRecord"] = item.partner_id
    return body


def updated_transfer(answer: Answer, customer_id: str, transfer: Transfer, operation: Operation) -> Transfer | None:
    """Read the answer to a change of a transfer; None when it says nothing that can be read.

    Raises:
        AnswerUnknown: It is about another transfer or another customer.
    """
    if answer.info.status == 202 or not isinstance(answer.body, dict):
        return None
    try:
        changed = Transfer.model_validate(answer.body)
    except ValidationError:
        return None
    if not same_id(changed.id, transfer.id) or not is_about_customer(answer.body, customer_id):
        raise not_understood(answer, operation)
    return changed
