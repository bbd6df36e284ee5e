"""What the target can buy of new commerce for one customer: product, SKU, availability, terms, promotions, price.

A plan names product and SKU (`CFQ7TTC0LH18:0001`), term and billing cycle. The id of an availability is issued anew
over time: it is looked up again when the cart is made ("Product resources").
"""

from consolidation.catalogue.customer_catalogue import CustomerCatalogue, catalogue_of
from consolidation.catalogue.sale import Sale
from consolidation.product_names import is_new_commerce_item, product_and_sku, same_product

__all__ = [
    "CustomerCatalogue",
    "Sale",
    "catalogue_of",
    "is_new_commerce_item",
    "product_and_sku",
    "same_product",
]
