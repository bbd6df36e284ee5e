"""Everything this package asks Partner Center for, in words, and which of it needs a signed-in user."""

from enum import StrEnum


class Operation(StrEnum):
    """One call of Partner Center; the value completes the sentence "Partner Center refused to …"."""

    READ_ORGANIZATION = "read the organisation profile"
    READ_PARTNER_BILLING = "read the partner's billing profile"
    READ_PARTNER_PROFILE = "read the profile of a Partner ID"
    LIST_CUSTOMERS = "list the customers"
    READ_CUSTOMER = "read the customer"
    READ_CUSTOMER_BILLING = "read the customer's billing profile"
    READ_RELATIONSHIP_REQUEST = "read the relationship request"
    LIST_AGREEMENT_TEMPLATES = "list the agreement templates"
    LIST_AGREEMENTS = "list the customer's agreements"
    READ_DIRECT_SIGNING = "read whether the customer signed the agreement directly"
    LIST_SUBSCRIPTIONS = "list the customer's subscriptions"
    READ_SUBSCRIPTION = "read the subscription"
    LIST_OFFERS = "list the offers"
    READ_OFFER = "read the offer"
    LIST_PRODUCTS = "list the products of a market"
    LIST_SKUS = "list the SKUs of a product"
    READ_SKU = "read the SKU"
    LIST_AVAILABILITIES = "list the availabilities of a SKU"
    LIST_CUSTOMER_PRODUCTS = "list the products that the customer may buy"
    LIST_CUSTOMER_SKUS = "list the SKUs that the customer may buy"
    LIST_CUSTOMER_AVAILABILITIES = "list the availabilities that the customer may buy"
    LIST_PROMOTIONS = "list the promotions"
    LIST_CUSTOM_TERM_END_DATES = "list the days on which a term may end"
    LIST_QUALIFICATIONS = "list the customer's qualifications"
    READ_CART = "read the cart"
    LIST_ORDERS = "list the customer's orders"
    READ_ORDER = "read the order"
    LIST_AUDIT_RECORDS = "list the audit records"
    LIST_INVOICES = "list the invoices"
    LIST_INVOICE_LINES = "list the lines of an invoice"
    LIST_TRANSFERS = "list the customer's transfers"
    READ_TRANSFER = "read the transfer"
    LIST_TRANSFER_ELIGIBILITY = "list which subscriptions can be transferred"
    SUSPEND_SUBSCRIPTION = "suspend the subscription"
    CANCEL_SUBSCRIPTION = "cancel the subscription"
    SWITCH_AUTO_RENEW_OFF = "switch the subscription's auto-renew off"
    ATTEST_AGREEMENT = "attest the customer agreement"
    CREATE_CART = "create the cart"
    CHECK_OUT_CART = "check out the cart"
    REQUEST_TRANSFER = "request the transfer"
    WITHDRAW_TRANSFER = "withdraw the transfer"
    ACCEPT_TRANSFER = "accept the transfer"


class GraphOperation(StrEnum):
    """The one call of Microsoft Graph; it needs a signed-in user. Source: "List delegatedAdminRelationships"."""

    LIST_ADMINISTRATION = "list the granular delegated admin privileges in Microsoft Graph"


NEEDS_USER: frozenset[Operation] = frozenset(
    {
        Operation.READ_ORGANIZATION,
        Operation.READ_PARTNER_BILLING,
        Operation.READ_PARTNER_PROFILE,
        Operation.READ_RELATIONSHIP_REQUEST,
        Operation.LIST_AGREEMENT_TEMPLATES,
        Operation.LIST_AGREEMENTS,
        Operation.READ_DIRECT_SIGNING,
        Operation.ATTEST_AGREEMENT,
    }
)
"""What an application alone is refused (900329). Source: the prerequisites on the page of each operation."""
