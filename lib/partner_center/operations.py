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
    READ_CART = "read the cart"
    LIST_ORDERS = "list the customer's orders"
    READ_ORDER = "read the order"
    LIST_AUDIT_RECORDS = "list the audit records"
    SUSPEND_SUBSCRIPTION = "suspend the subscription"
    ATTEST_AGREEMENT = "attest the customer agreement"
    CREATE_CART = "create the cart"
    CHECK_OUT_CART = "check out the cart"


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
