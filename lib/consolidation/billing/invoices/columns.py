"""The columns of the portal's reconciliation files that decide, in both billing systems and in some languages.

The English names stand in Microsoft's pages "Understand the fields in Partner Center license-based reconciliation
files" and "Understand the fields in Partner Center new commerce reconciliation files". No page shows a file in another
language: those names are inferred from the portal's vocabulary, and who reads by them is told so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from consolidation.errors import EngagementError
from consolidation.portal_files.headings import normalised
from partner_center.invoices import BillingProvider

_DOCUMENTED: Mapping[str, str] = {
    "customer": "CustomerId",
    "legacy_subscription": "SyndicationPartnerSubscriptionNumber",
    "subscription": "SubscriptionId",
    "offer": "DurableOfferId",
    "product_id": "ProductId",
    "sku": "SkuId",
    "product": "OfferName|SkuName|ProductName",
    "charge_type": "ChargeType",
    "first": "ChargeStartDate",
    "last": "ChargeEndDate",
    "seats": "Quantity",
    "amount": "Subtotal",
    "currency": "Currency|BillingCurrency",
}

_INFERRED: Mapping[str, str] = {
    "customer": "ID client|Kunden-ID|Id. de cliente",
    "legacy_subscription": (
        "Numéro d'abonnement du partenaire de syndication|Abonnementnummer des Syndizierungspartners|"
        "Número de suscripción del asociado de sindicación"
    ),
    "subscription": "ID d'abonnement|ID de l'abonnement|Abonnement-ID|Id. de suscripción",
    "offer": "ID d'offre durable|Dauerhafte Angebots-ID|Id. de oferta duradera",
    "product_id": "ID de produit|ID du produit|Produkt-ID|Id. de producto",
    "sku": "ID de référence SKU|SKU-ID|Id. de SKU",
    "product": "Nom de l'offre|Angebotsname|Nombre de la oferta|Nom du produit|Produktname|Nombre del producto",
    "charge_type": "Type de frais|Gebührentyp|Gebührenart|Tipo de cargo",
    "first": "Date de début des frais|Startdatum der Gebühr|Fecha de inicio del cargo",
    "last": "Date de fin des frais|Enddatum der Gebühr|Fecha de finalización del cargo",
    "seats": "Quantité|Menge|Anzahl|Cantidad",
    "amount": "Sous-total|Zwischensumme|Teilsumme",
    "currency": "Devise|Währung|Moneda|Divisa",
}

_FIELDS = {
    normalised(text): (field, is_documented)
    for table, is_documented in ((_INFERRED, False), (_DOCUMENTED, True))
    for field, every in table.items()
    for text in every.split("|")
}

NEEDED: Mapping[BillingProvider, tuple[str, ...]] = {
    "office": ("customer", "legacy_subscription", "charge_type", "first", "last", "amount", "currency"),
    "onetime": ("customer", "subscription", "sku", "product_id", "charge_type", "first", "last", "amount", "currency"),
}
"""Fields without which a line of a billing system cannot be compared."""


class Columns:
    """Where the fields of one file stand.

    Attributes:
        provider: The billing system, told by the columns that only one of the two has.
        places: Field -> place of its column, from 0.
        inferred: Headings that no Microsoft page shows.
    """

    def __init__(self, file: str, headings: Sequence[str]) -> None:
        """Find the columns.

        Raises:
            EngagementError: A column that decides is missing or stands twice, each named.
        """
        self.places: dict[str, int] = {}
        self.inferred: list[str] = []
        problems = []
        for place, heading in enumerate(headings):
            field, is_documented = _FIELDS.get(normalised(heading), ("", True))
            if not field:
                continue
            if field in self.places and field != "product":  # offer, SKU and product each have a name
                problems.append(f"{file} line 1: {heading!r} is the second column of its kind.")
            self.places.setdefault(field, place)
            if not is_documented:
                self.inferred.append(heading)
        self.provider: BillingProvider = "office" if "legacy_subscription" in self.places else "onetime"
        missing = [field for field in NEEDED[self.provider] if field not in self.places]
        if missing:
            names = ", ".join(_DOCUMENTED[field].partition("|")[0] for field in missing)
            problems.append(f"{file} line 1 has no column {names}: it is no reconciliation file with its line items.")
        if problems:
            raise EngagementError(problems, next_step="Export the reconciliation file again and leave it as it is.")
