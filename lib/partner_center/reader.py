"""What can be read from Partner Center in the context of one partner tenant."""

import json
from datetime import date

from partner_center import errors
from partner_center.catalogue_reader import CatalogueReader
from partner_center.error_codes import PARTNER_CENTER
from partner_center.invoice_reader import InvoiceReader
from partner_center.models import (
    Agreement,
    AgreementTemplate,
    AuditRecord,
    BillingProfile,
    Cart,
    Customer,
    Offer,
    Order,
    OrganizationProfile,
    PartnerBillingProfile,
    PartnerProfile,
    Subscription,
    same_id,
)
from partner_center.operations import Operation
from partner_center.tenant_client import field_of, segment
from partner_center.transfers import Transfer, TransferEligibility

CUSTOMER_AGREEMENT = "MicrosoftCustomerAgreement"
"""The agreement that a customer accepts today; the older MicrosoftCloudAgreement no longer counts."""

_ANY_AGREEMENT = {"agreementType": "*"}


class PartnerCenterReader(CatalogueReader, InvoiceReader):
    """Reads Partner Center as one partner tenant; built from what TenantClient is built from."""

    def signed_in_tenant(self) -> str:
        """Read which organisation is signed in: its tenant id (S5).

        An application alone cannot read the organisation profile; then it is the token's ``tid``.

        Source: "Get an organization profile".
        """
        return self.sign_in.tenant_of_token() if self.app_only else self.organization_profile().tenant_id

    def check_tenant(self) -> None:
        """Make sure that the signed-in organisation is this client's tenant (S5).

        Raises:
            WrongTenant: It is another one.
        """
        found = self.signed_in_tenant()
        if not same_id(found, self.tenant):
            message = f"The credentials sign in to tenant {found}, and the engagement names {self.tenant}."
            step = "Correct the tenant id or the credentials in the engagement; nothing was changed."
            raise errors.WrongTenant(message, operation="check the tenant", next_step=step)

    def organization_profile(self) -> OrganizationProfile:
        """Read who is signed in. Needs a user. Source: "Get an organization profile"."""
        return self._one(OrganizationProfile, "profiles/organization", Operation.READ_ORGANIZATION)

    def partner_billing_profile(self) -> PartnerBillingProfile:
        """Read how the partner is billed, its currency among it. Needs a user.

        Source: "Get partner billing profile".
        """
        return self._one(PartnerBillingProfile, "profiles/billing", Operation.READ_PARTNER_BILLING)

    def partner_profile(self, partner_id: str) -> PartnerProfile:
        """Read who has a Partner ID. Needs a user. Source: "Verify a PartnerID".

        Raises:
            NotFound: Microsoft does not know the id.
        """
        path, operation = "profiles/mpn", Operation.READ_PARTNER_PROFILE
        return self._one(PartnerProfile, path, operation, {"mpnId": partner_id}, asked=partner_id)

    def customers(self) -> list[Customer]:
        """Read all customers, all pages; a page that fails fails the list. Source: "Get a list of customers"."""
        return self._all(Customer, "customers", Operation.LIST_CUSTOMERS, {"size": self.page_size})

    def customer(self, customer_id: str) -> Customer:
        """Read one customer. Source: "Get a customer by ID".

        Raises:
            NoRelationship: The customer is not, or not yet, one of this partner tenant.
        """
        try:
            path = f"customers/{segment(customer_id)}"
            return self._one(Customer, path, Operation.READ_CUSTOMER, asked=customer_id, customer=customer_id)
        except (errors.NotFound, errors.Forbidden) as error:
            # No page shows this call before the customer has accepted: 403 and 404 alike mean "not yet", unless the
            # code says something else.
            if isinstance(error, errors.Forbidden) and (error.code is None or error.code in PARTNER_CENTER):
                raise
            raise errors.NoRelationship(
                f"The customer is not known to this partner tenant (HTTP {error.status}).",
                code=error.code,
                status=error.status,
                correlation_id=error.correlation_id,
                operation=error.operation,
                next_step=PARTNER_CENTER["20002"].next_step,
            ) from error

    def customer_billing_profile(self, customer_id: str) -> BillingProfile:
        """Read the customer's billing profile. Source: "Get all of a customer billing profiles"."""
        path = f"customers/{segment(customer_id)}/profiles/billing"
        return self._one(BillingProfile, path, Operation.READ_CUSTOMER_BILLING, customer=customer_id)

    def relationship_request(self) -> str:
        """Read the link that asks a customer for a reseller relationship. Needs a user.

        Source: "Retrieve a relationship request URL".
        """
        answer = self._get("customers/relationshiprequests", Operation.READ_RELATIONSHIP_REQUEST)
        return str(field_of(answer, "url", Operation.READ_RELATIONSHIP_REQUEST))

    def agreement_templates(self) -> list[AgreementTemplate]:
        """Read the versions of all agreements. Needs a user.

        Source: "Get agreement metadata for the Microsoft Customer Agreement".
        """
        return self._all(AgreementTemplate, "agreements", Operation.LIST_AGREEMENT_TEMPLATES, _ANY_AGREEMENT)

    def customer_agreement_template(self) -> AgreementTemplate:
        """Read the version of the Microsoft Customer Agreement that is in force: the one of the highest rank.

        Raises:
            UnreadableAnswer: There is none.
        """
        versions = [each for each in self.agreement_templates() if each.agreement_type == CUSTOMER_AGREEMENT]
        if not versions:
            message = f"Partner Center lists no version of the {CUSTOMER_AGREEMENT}."
            step = "Check that this cloud has it: agreements exist in the public cloud only."
            raise errors.UnreadableAnswer(message, operation=Operation.LIST_AGREEMENT_TEMPLATES.value, next_step=step)
        return max(versions, key=lambda each: each.version_rank or 0)

    def agreements(self, customer_id: str) -> list[Agreement]:
        """Read the attestations that this partner has filed for the customer. Needs a user.

        Source: "Get confirmation of customer acceptance of Microsoft Customer Agreement".
        """
        path = f"customers/{segment(customer_id)}/agreements"
        return self._all(Agreement, path, Operation.LIST_AGREEMENTS, _ANY_AGREEMENT, customer=customer_id)

    def directly_signed(self, customer_id: str) -> bool:
        """Read whether the customer signed the agreement with Microsoft itself. Needs a user.

        Source: "Get direct signing status".
        """
        path = f"customers/{segment(customer_id)}/directSignedMicrosoftCustomerAgreementStatus"
        answer = self._get(path, Operation.READ_DIRECT_SIGNING)
        # Anything but a plain true counts as not signed: then an attestation is asked for, never skipped.
        return field_of(answer, "isSigned", Operation.READ_DIRECT_SIGNING) in (True, "true", "True")

    def subscriptions(self, customer_id: str) -> list[Subscription]:
        """Read all subscriptions of the customer under this tenant, in every status.

        Source: "Get a customer subscriptions".
        """
        path = f"customers/{segment(customer_id)}/subscriptions"
        return self._all(Subscription, path, Operation.LIST_SUBSCRIPTIONS, customer=customer_id)

    def subscription(self, customer_id: str, subscription_id: str) -> Subscription:
        """Read one subscription. Source: "Get a subscription by ID"."""
        path = f"customers/{segment(customer_id)}/subscriptions/{segment(subscription_id)}"
        operation = Operation.READ_SUBSCRIPTION
        return self._one(Subscription, path, operation, asked=subscription_id, customer=customer_id)

    def offers(self, country: str) -> list[Offer]:
        """Read the legacy offers of the customer's market (ISO alpha-2).

        Source: "Get a list of offers for a market".
        """
        return self._all(Offer, "offers", Operation.LIST_OFFERS, {"country": country})

    def offer(self, offer_id: str, country: str) -> Offer:
        """Read one legacy offer in the customer's market (ISO alpha-2). Source: "Get an offer by ID"."""
        path = f"offers/{segment(offer_id)}"
        return self._one(Offer, path, Operation.READ_OFFER, {"country": country}, asked=offer_id)

    def cart(self, customer_id: str, cart_id: str) -> Cart:
        """Read a cart. Source: "Cart resources"."""
        path = f"customers/{segment(customer_id)}/carts/{segment(cart_id)}"
        return self._one(Cart, path, Operation.READ_CART, asked=cart_id, customer=customer_id)

    def orders(self, customer_id: str, *, include_price: bool = False) -> list[Order]:
        """Read the customer's orders; a new one may take 15 minutes to appear.

        Source: "Get all of a customer orders".
        """
        path = f"customers/{segment(customer_id)}/orders"
        params = _with_price(include_price=include_price)
        return self._all(Order, path, Operation.LIST_ORDERS, params, customer=customer_id)

    def order(self, customer_id: str, order_id: str, *, include_price: bool = False) -> Order:
        """Read one order. Source: "Get an order by ID"."""
        path = f"customers/{segment(customer_id)}/orders/{segment(order_id)}"
        params = _with_price(include_price=include_price)
        return self._one(Order, path, Operation.READ_ORDER, params, asked=order_id, customer=customer_id)

    def transfers(self, customer_id: str) -> list[Transfer]:
        """Read the customer's transfers in which this partner takes part, in every status.

        Source: "Get a customer transfers".
        """
        path = f"customers/{segment(customer_id)}/transfers"
        return self._all(Transfer, path, Operation.LIST_TRANSFERS, customer=customer_id)

    def transfer(self, customer_id: str, transfer_id: str) -> Transfer:
        """Read one transfer; either partner may. Source: "Get transfer details by ID"."""
        path = f"customers/{segment(customer_id)}/transfers/{segment(transfer_id)}"
        return self._one(Transfer, path, Operation.READ_TRANSFER, asked=transfer_id, customer=customer_id)

    def transfer_eligibility(self, customer_id: str) -> list[TransferEligibility]:
        """Read which of the customer's subscriptions may be transferred, and why the others may not.

        The call is documented for legacy subscriptions and one kind of transfer only; what it leaves out says nothing.

        Source: "Get a customer subscriptions transfer eligibility".
        """
        path = f"customers/{segment(customer_id)}/transferseligibility"
        params: dict[str, str | int] = {"transferType": "directtoindirect"}
        return self._all(TransferEligibility, path, Operation.LIST_TRANSFER_ELIGIBILITY, params, customer=customer_id)

    def audit_records(self, start: date, end: date, customer: str | None = None) -> list[AuditRecord]:
        """Read the activity log from ``start`` to ``end``, both days included (UTC), 90 days back at most.

        What lies outside the days or belongs to another customer is left out here too, in case the service did not. A
        record whose date cannot be read stays.

        Source: "Get a record of Partner Center activity".
        """
        params: dict[str, str | int] = {
            "startDate": start.isoformat(),
            "endDate": end.isoformat(),
            "size": self.page_size,
        }
        if customer:
            params["filter"] = json.dumps({"Field": "CustomerId", "Value": customer, "Operator": "equals"})
        records = self._all(AuditRecord, "auditrecords", Operation.LIST_AUDIT_RECORDS, params)
        return [
            record
            for record in records
            if (record.operation_date is None or start <= record.operation_date.date() <= end)
            and (customer is None or same_id(record.customer_id, customer))
        ]


def _with_price(*, include_price: bool) -> dict[str, str | int]:
    return {"include_price": "true"} if include_price else {}
