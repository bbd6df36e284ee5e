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


class SourceClient(PartnerCenterReader):
    """Reads a source tenant, suspends its subscriptions and accepts transfers: nothing else can be written (S4)."""

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
        answer = self._transport.send(
            "PATCH",
            f"customers/{segment(customer_id)}/subscriptions/{segment(subscription.id)}",
            _with_status(subscription.received, "suspended"),
            call,
            operation=Operation.SUSPEND_SUBSCRIPTION,
            if_match=subscription.etag,
        )
        if answer.info.status == 202 or not isinstance(answer.body, dict):
            return None
        try:
            changed = Subscription.model_validate(answer.body)
        except ValidationError:
            return None
        if not same_id(changed.id, subscription.id) or not is_about_customer(answer.body, customer_id):
            raise not_understood(answer, Operation.SUSPEND_SUBSCRIPTION)
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


def _with_status(resource: dict[str, Any], status: str) -> dict[str, Any]:
    """Change the status and nothing else; the names keep the letter case in which they came."""
    name = next((name for name in resource if name.casefold() == "status"), None)
    if name is None:
        message = "The subscription has no status, so it was not read from Partner Center: read it first."
        raise ValueError(message)
    return {**resource, name: status}
