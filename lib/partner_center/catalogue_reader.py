"""What can be read of the catalogue of new commerce: by market, and what one customer may buy."""

from collections.abc import Sequence
from datetime import date

from partner_center import errors
from partner_center.catalogue import Availability, CustomTermEndDate, Product, Promotion, Qualification, Sku
from partner_center.operations import Operation
from partner_center.resource import same_id
from partner_center.tenant_client import TenantClient, segment

SEATS_VIEW = "OnlineServices"
"""The target view of seats of new commerce; there are others for Azure and software."""


class CatalogueReader(TenantClient):
    """Reads products, SKUs, availabilities, promotions and end dates; segments are commercial, education and others.

    Reading by market is documented. That reading by customer is a GET was seen in working code: the table of those
    pages says POST, their samples GET. Nonprofit availabilities are answered only when that segment is asked for.
    """

    def products(self, country: str, target_view: str = SEATS_VIEW, target_segment: str | None = None) -> list[Product]:
        """Read the products of the customer's market (ISO alpha-2). Source: "Get a list of products"."""
        params = {"country": country, "targetView": target_view, **_in_segment(target_segment)}
        return self._all(Product, "products", Operation.LIST_PRODUCTS, params)

    def skus(self, product_id: str, country: str, target_segment: str | None = None) -> list[Sku]:
        """Read the SKUs of a product in the customer's market (ISO alpha-2).

        Raises:
            NotFound: The product is not in that market's catalogue.

        Source: "Get a list of SKUs for a product".
        """
        params = {"country": country, **_in_segment(target_segment)}
        return self._all(Sku, f"products/{segment(product_id)}/skus", Operation.LIST_SKUS, params)

    def sku(self, product_id: str, sku_id: str, country: str) -> Sku:
        """Read one SKU in the customer's market (ISO alpha-2): its limits of seats and its licence identity.

        Raises:
            NotFound: It is not in that market's catalogue.

        Source: "Get a SKU by ID".
        """
        path = f"products/{segment(product_id)}/skus/{segment(sku_id)}"
        return self._one(Sku, path, Operation.READ_SKU, {"country": country}, asked=sku_id)

    def availabilities(
        self, product_id: str, sku_id: str, country: str, target_segment: str | None = None
    ) -> list[Availability]:
        """Read how a SKU is sold in the customer's market (ISO alpha-2).

        Raises:
            NotFound: It is not in that market's catalogue.
            UnreadableAnswer: An availability is that of another SKU.

        Source: "Get a list of availabilities for a SKU".
        """
        path = f"products/{segment(product_id)}/skus/{segment(sku_id)}/availabilities"
        operation = Operation.LIST_AVAILABILITIES
        found = self._all(Availability, path, operation, {"country": country, **_in_segment(target_segment)})
        return _of_sku(found, product_id, sku_id, operation)

    def customer_products(
        self, customer_id: str, target_view: str = SEATS_VIEW, target_segment: str | None = None
    ) -> list[Product]:
        """Read the products that a customer may buy. Source: "Get a list of products by customer"."""
        path = f"customers/{segment(customer_id)}/products"
        params = {"targetView": target_view, **_in_segment(target_segment)}
        return self._all(Product, path, Operation.LIST_CUSTOMER_PRODUCTS, params)

    def customer_skus(self, customer_id: str, product_id: str, target_segment: str | None = None) -> list[Sku]:
        """Read the SKUs of a product that a customer may buy.

        Raises:
            NotFound: The product is not in the catalogue of the customer's market.

        Source: "Get a list of SKUs for a product by customer".
        """
        path = f"customers/{segment(customer_id)}/products/{segment(product_id)}/skus"
        return self._all(Sku, path, Operation.LIST_CUSTOMER_SKUS, _in_segment(target_segment))

    def customer_availabilities(
        self, customer_id: str, product_id: str, sku_id: str, target_segment: str | None = None
    ) -> list[Availability]:
        """Read how a SKU is sold to a customer. What it costs is told by a cart alone.

        Raises:
            NotFound: It is not in the catalogue of the customer's market.
            UnreadableAnswer: An availability is that of another SKU.

        Source: "Get a list of availabilities for a SKU by customer".
        """
        product_path = f"customers/{segment(customer_id)}/products/{segment(product_id)}"
        path = f"{product_path}/skus/{segment(sku_id)}/availabilities"
        operation = Operation.LIST_CUSTOMER_AVAILABILITIES
        found = self._all(Availability, path, operation, _in_segment(target_segment))
        return _of_sku(found, product_id, sku_id, operation)

    def promotions(self, country: str, target_segment: str = "commercial") -> list[Promotion]:
        """Read the promotions of the customer's market (ISO alpha-2) and segment. Source: "Get promotions"."""
        params = {"country": country, "segment": target_segment}
        return self._all(Promotion, "productpromotions", Operation.LIST_PROMOTIONS, params)

    def custom_term_end_dates(
        self,
        customer_id: str,
        term_duration: str,
        *,
        start: date | None = None,
        subscription_id: str | None = None,
    ) -> list[CustomTermEndDate]:
        """Read the days on which a new term of a customer may end.

        Args:
            customer_id: The customer's tenant id.
            term_duration: ISO 8601, such as P1Y.
            start: The day of the purchase (UTC); None is today.
            subscription_id: The subscription under this tenant with which the term is to end; None for all days.

        Source: "Get custom term end dates".
        """
        params: dict[str, str | int] = {"term_duration": term_duration}
        if start is not None:
            params["term_start_date"] = start.isoformat()
        if subscription_id is not None:
            params["target_coterm_subscription_id"] = subscription_id
        path = f"customers/{segment(customer_id)}/subscriptions/customTermEndDates"
        return self._all(CustomTermEndDate, path, Operation.LIST_CUSTOM_TERM_END_DATES, params)

    def qualifications(self, customer_id: str) -> list[Qualification]:
        """Read what the customer is qualified for as this partner has it: education, nonprofit and others.

        Source: "Get customer qualification (asynchronous)".
        """
        path = f"customers/{segment(customer_id)}/qualifications"
        return self._all(Qualification, path, Operation.LIST_QUALIFICATIONS)


def _in_segment(target_segment: str | None) -> dict[str, str | int]:
    return {"targetSegment": target_segment} if target_segment else {}


def _of_sku(found: Sequence[Availability], product_id: str, sku_id: str, operation: Operation) -> list[Availability]:
    """Give the availabilities back when they are those of the SKU that was asked for: one of them may be bought."""
    for each in found:
        # The catalogue item is what a cart names, so it is what has to be right.
        if not same_id(each.catalog_item_id.rpartition(":")[0], f"{product_id}:{sku_id}"):
            message = f"Partner Center answered with {each.catalog_item_id}, which is not of {product_id}:{sku_id}."
            step = "Run the step again; ask Microsoft support when it stays so."
            raise errors.UnreadableAnswer(message, operation=operation.value, next_step=step)
    return list(found)
