"""What may be changed under a source tenant (Transitioning From)."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from partner_center.asked_for import is_about_customer
from partner_center.models import Subscription, same_id
from partner_center.operations import Operation
from partner_center.reader import PartnerCenterReader
from partner_center.tenant_client import segment
from partner_center.transfers import Transfer, TransferItem, acceptance_body, updated_transfer
from partner_center.transport import Call, not_understood

SEATS_OF_NEW_COMMERCE = "OnlineServicesNCE"


class SourceClient(PartnerCenterReader):
    """Reads a source tenant, suspends legacy, ends new commerce, accepts transfers: nothing else is written (S4)."""

    def suspend(self, customer_id: str, subscription: Subscription, call: Call) -> Subscription | None:
        """Suspend one subscription, by sending back the whole resource just read with the status changed.

        A partial body would switch auto-renew off and drop what is scheduled. The etag goes along when there is one, so
        that a subscription which changed since it was read is refused.

        Args:
            customer_id: The customer's tenant id.
            subscription: As read just before.
            call: The identity of this effect, written down before.

        Returns:
            The subscription as answered; None when Partner Center is still working on it (202), or says nothing that
            can be read: read it back either way.

        Raises:
            AnswerUnknown: It may or may not be suspended: read it (S3).
            StaleEtag: It changed since it was read.
            PartnerCenterError: Nothing was changed.

        Source: "Suspend a subscription", "Update a subscription by ID".
        """
        body = _with(subscription.received, status="suspended")
        return self._change(customer_id, subscription, body, call, Operation.SUSPEND_SUBSCRIPTION)

    def cancel_in_window(self, customer_id: str, subscription: Subscription, call: Call) -> Subscription | None:
        """Cancel seats of new commerce inside their window, seven days from purchase or renewal.

        The service is lost at once and nothing brings it back. The whole resource goes back with the status deleted and
        auto-renew off, as printed by Microsoft; what is paid back is told by ``Subscription.refund_at``.

        Args:
            customer_id: The customer's tenant id.
            subscription: As read just before.
            call: The identity of this effect, written down before.

        Returns:
            The subscription as answered; None when Partner Center is still working on it (202), or says nothing that
            can be read: read it back either way.

        Raises:
            AnswerUnknown: It may or may not be cancelled: read it (S3).
            Conflict: The window has passed, or another change is under way.
            PartnerCenterError: Nothing was changed.
            ValueError: These are no seats of new commerce; nothing was sent.

        Source: "Cancel a commercial marketplace or new commerce subscription".
        """
        _require_seats_of_new_commerce(subscription)
        body = _with(subscription.received, status="deleted")
        if subscription.auto_renew_enabled is not None:
            body = _with(body, autoRenewEnabled=False)
        return self._change(customer_id, subscription, body, call, Operation.CANCEL_SUBSCRIPTION)

    def auto_renew_off(self, customer_id: str, subscription: Subscription, call: Call) -> Subscription | None:
        """Switch auto-renew of seats of new commerce off.

        It does not end the billing: since May 2026 an extended service term may follow, unless the cancellation at the
        end of the term was chosen, which is known in the portal only. What is scheduled for the next term is lost.

        Args:
            customer_id: The customer's tenant id.
            subscription: As read just before.
            call: The identity of this effect, written down before.

        Returns:
            The subscription as answered; None when Partner Center is still working on it (202), or says nothing that
            can be read: read it back either way.

        Raises:
            AnswerUnknown: Auto-renew may or may not be off: read it (S3).
            Conflict: The renewal is under way, or another change is.
            PartnerCenterError: Nothing was changed.
            ValueError: These are no seats of new commerce; nothing was sent.

        Source: "Update a subscription by ID", "Update autorenew".
        """
        _require_seats_of_new_commerce(subscription)
        body = _with(subscription.received, autoRenewEnabled=False)
        return self._change(customer_id, subscription, body, call, Operation.SWITCH_AUTO_RENEW_OFF)

    def _change(
        self, customer_id: str, subscription: Subscription, body: dict[str, Any], call: Call, operation: Operation
    ) -> Subscription | None:
        answer = self._transport.send(
            "PATCH",
            f"customers/{segment(customer_id)}/subscriptions/{segment(subscription.id)}",
            body,
            call,
            operation=operation,
            if_match=subscription.etag,
        )
        if answer.info.status == 202 or not isinstance(answer.body, dict):
            return None
        try:
            changed = Subscription.model_validate(answer.body)
        except ValidationError:
            return None
        if not same_id(changed.id, subscription.id) or not is_about_customer(answer.body, customer_id):
            raise not_understood(answer, operation)
        return changed

    def accept_transfer(
        self, customer_id: str, transfer: Transfer, items: Sequence[TransferItem], call: Call
    ) -> Transfer | None:
        """Accept the target's request with exactly these subscriptions. It cannot be undone once it has begun.

        That the source accepts with this call and names the line items is documented; the status that it sends and the
        fields of a line item are not, so they are to be proven with the first real transfer.

        Args:
            customer_id: The customer's tenant id.
            transfer: As read just before.
            items: What is transferred, each whole.
            call: The identity of this effect, written down before.

        Returns:
            The transfer as answered; None when the answer says nothing that can be read: read it back either way.

        Raises:
            AnswerUnknown: It may or may not be accepted: read it (S3).
            PartnerCenterError: Nothing was changed.
            ValueError: Nothing is selected, or the request was made to another partner; nothing was sent.

        Source: "Update a transfer request for new commerce".
        """
        operation = Operation.ACCEPT_TRANSFER
        path = f"customers/{segment(customer_id)}/transfers/{segment(transfer.id)}"
        body = acceptance_body(transfer, items, self.tenant)
        answer = self._transport.send("PATCH", path, body, call, operation=operation)
        return updated_transfer(answer, customer_id, transfer, operation)


def _require_seats_of_new_commerce(subscription: Subscription) -> None:
    if not same_id(subscription.product_type_id, SEATS_OF_NEW_COMMERCE):
        message = f"Subscription {subscription.id} is not seats of new commerce: it is not ended this way."
        raise ValueError(message)


def _with(resource: dict[str, Any], **changes: str | bool) -> dict[str, Any]:
    """Change these fields and nothing else; the names keep the letter case in which they came."""
    changed = dict(resource)
    for field, value in changes.items():
        name = next((name for name in resource if name.casefold() == field.casefold()), None)
        if name is None:
            message = f"The subscription has no {field}, so it was not read from Partner Center: read it first."
            raise ValueError(message)
        changed[name] = value
    return changed
