"""The headings of the portal's exports in its languages, and which of them a Microsoft page shows.

The English names and the Japanese and Chinese ones of the customer list stand in Microsoft's page "Manage your customer
list" in these languages, the English ones of the activity log in "Activity logs". No page shows a file in another
language, and none shows the columns of "Export all subscriptions": those names are inferred from the portal's
vocabulary in each language. A heading that is not here is reported, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Basis = Literal["documented", "inferred", "our own export"]


@dataclass(frozen=True)
class Heading:
    """One way in which a column is headed.

    Attributes:
        field: What the column holds.
        text: The heading.
        language: ISO 639, with the region where two differ.
        basis: Whether a Microsoft page shows it, it is inferred, or this runbook writes it.
    """

    field: str
    text: str
    language: str
    basis: Basis


def normalised(text: str) -> str:
    """Return a heading as it is compared: letters and digits alone, without accents, width and case."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    letters = "".join(letter for letter in plain if not "\u0300" <= letter <= "\u036f")
    return re.sub(r"[\W_]+", "", letters)


_DOCUMENTED: Mapping[str, Mapping[str, str]] = {
    "customer": {"en": "Microsoft ID", "ja": "Microsoft ID", "zh-Hans": "Microsoft ID", "zh-Hant": "Microsoft識別碼"},
    "company": {"en": "Company name", "ja": "会社名", "zh-Hans": "公司名称", "zh-Hant": "公司名稱"},
    "domain": {"en": "Primary domain name", "ja": "プライマリ ドメイン名", "zh-Hans": "主域名",
               "zh-Hant": "主要網域名稱"},
    "relationship": {"en": "Relationship", "ja": "関係", "zh-Hans": "关系", "zh-Hant": "關係"},
    "tags": {"en": "Tags", "zh-Hans": "标签", "zh-Hant": "標籤"},
    "subscription": {"en": "Subscription ID"},
    "product": {"en": "Subscription"},
    "seats": {"en": "Quantity"},
    "status": {"en": "Status"},
    "reseller": {"en": "Reseller"},
    "at": {"en": "Date-Time"},
    "affected": {"en": "Affected customer"},
    "action": {"en": "Action"},
    "user": {"en": "Partner user"},
}  # fmt: skip

_INFERRED: Mapping[str, Mapping[str, str]] = {
    "customer": {
        "en": "Customer ID|Customer tenant ID|Tenant ID", "fr": "ID Microsoft|ID client|ID du client|ID de locataire",
        "de": "Microsoft-ID|Kunden-ID|Mandanten-ID", "es": "Id. de Microsoft|Id. de cliente|Id. del cliente",
        "it": "ID Microsoft|ID cliente|ID tenant", "nl": "Microsoft-id|Klant-id|Tenant-id",
        "pt": "ID da Microsoft|ID Microsoft|ID do cliente", "ja": "顧客 ID|テナント ID",
    },
    "company": {
        "en": "Customer name|Customer|Company", "fr": "Nom de la société|Nom de l'entreprise|Nom du client|Client",
        "de": "Firmenname|Unternehmensname|Name des Unternehmens|Kundenname|Kunde",
        "es": "Nombre de la empresa|Nombre de la compañía|Nombre del cliente|Cliente",
        "it": "Nome società|Nome della società|Nome azienda|Nome cliente|Cliente",
        "nl": "Bedrijfsnaam|Klantnaam|Naam van klant|Klant",
        "pt": "Nome da empresa|Nome do cliente|Cliente", "ja": "顧客名|顧客",
    },
    "domain": {
        "en": "Primary domain|Domain name|Domain", "fr": "Nom de domaine principal|Domaine principal|Domaine",
        "de": "Primärer Domänenname|Name der primären Domäne|Primäre Domäne|Domäne",
        "es": "Nombre de dominio principal|Nombre de dominio primario|Dominio principal|Dominio",
        "it": "Nome di dominio primario|Nome dominio primario|Dominio primario|Dominio",
        "nl": "Primaire domeinnaam|Primair domein|Domein",
        "pt": "Nome de domínio primário|Nome de domínio principal|Nome do domínio primário|Domínio primário|Domínio",
        "ja": "プライマリ ドメイン|ドメイン名",
    },
    "relationship": {"fr": "Relation", "de": "Beziehung", "es": "Relación", "it": "Relazione", "nl": "Relatie",
                     "pt": "Relação|Relacionamento"},
    "tags": {"fr": "Balises|Étiquettes", "de": "Tags", "es": "Etiquetas", "it": "Tag", "nl": "Labels",
             "pt": "Marcas|Etiquetas", "ja": "タグ"},
    "subscription": {"fr": "ID d'abonnement|ID de l'abonnement", "de": "Abonnement-ID",
                     "es": "Id. de suscripción|Id. de la suscripción", "it": "ID sottoscrizione|ID abbonamento",
                     "nl": "Abonnements-id", "pt": "ID da assinatura|ID de assinatura|ID da subscrição",
                     "ja": "サブスクリプション ID"},
    "product": {"en": "Subscription name|Product|Product name|Offer name|Offer",
                "fr": "Abonnement|Nom de l'abonnement|Produit",
                "de": "Abonnement|Abonnementname|Produkt", "es": "Suscripción|Nombre de la suscripción|Producto",
                "it": "Sottoscrizione|Abbonamento|Nome sottoscrizione|Prodotto",
                "nl": "Abonnement|Abonnementsnaam|Product",
                "pt": "Assinatura|Subscrição|Nome da assinatura|Produto",
                "ja": "サブスクリプション|サブスクリプション名|製品"},
    "seats": {"en": "Licenses|License count", "fr": "Quantité|Licences", "de": "Menge|Anzahl|Lizenzen",
              "es": "Cantidad|Licencias",
              "it": "Quantità|Licenze", "nl": "Aantal|Hoeveelheid|Licenties", "pt": "Quantidade|Licenças",
              "ja": "数量|ライセンス数"},
    "status": {"en": "Subscription status|State", "fr": "Statut|État", "de": "Status|Zustand", "es": "Estado",
               "it": "Stato",
               "nl": "Status|Toestand", "pt": "Status|Estado", "ja": "状態|ステータス"},
    "reseller": {"en": "Reseller ID|Partner ID|MPN ID", "fr": "Revendeur",
                 "de": "Handelspartner|Wiederverkäufer|Händler", "es": "Revendedor|Distribuidor",
                 "it": "Rivenditore", "nl": "Reseller|Wederverkoper", "pt": "Revendedor", "ja": "リセラー|再販業者"},
    "offer": {"en": "Offer ID|Catalog item ID", "fr": "ID de l'offre", "de": "Angebots-ID", "es": "Id. de oferta",
              "it": "ID offerta", "nl": "Aanbiedings-id", "pt": "ID da oferta", "ja": "オファー ID"},
    "parent": {"en": "Parent subscription ID|Base subscription ID"},
    "end": {"en": "Term end date|End date|Commitment end date|Renewal date", "fr": "Date de fin", "de": "Enddatum",
            "es": "Fecha de finalización",
            "it": "Data di fine", "nl": "Einddatum", "pt": "Data de término|Data de fim", "ja": "終了日"},
    "cycle": {"en": "Billing frequency|Billing cycle", "fr": "Fréquence de facturation",
              "de": "Abrechnungshäufigkeit|Abrechnungszyklus",
              "es": "Frecuencia de facturación", "it": "Frequenza di fatturazione", "nl": "Factureringsfrequentie",
              "pt": "Frequência de cobrança|Frequência de faturação", "ja": "請求頻度"},
    "renew": {"en": "Auto renew|Auto-renewal|Automatic renewal", "fr": "Renouvellement automatique",
              "de": "Automatische Verlängerung",
              "es": "Renovación automática", "it": "Rinnovo automatico", "nl": "Automatisch verlengen",
              "pt": "Renovação automática", "ja": "自動更新"},
    "at": {"en": "Date and time|Date", "fr": "Date et heure|Date-heure", "de": "Datum und Uhrzeit|Datum/Uhrzeit",
           "es": "Fecha y hora",
           "it": "Data e ora", "nl": "Datum en tijd", "pt": "Data e hora", "ja": "日時|日付と時刻"},
    "affected": {"fr": "Client concerné", "de": "Betroffener Kunde", "es": "Cliente afectado",
                 "it": "Cliente interessato",
                 "nl": "Betrokken klant", "pt": "Cliente afetado", "ja": "影響を受ける顧客"},
    "action": {"de": "Aktion", "es": "Acción", "it": "Azione", "nl": "Actie", "pt": "Ação", "ja": "アクション|操作"},
    "user": {"en": "User", "fr": "Utilisateur partenaire", "de": "Partnerbenutzer",
             "es": "Usuario asociado|Usuario del partner",
             "it": "Utente partner", "nl": "Partnergebruiker", "pt": "Usuário parceiro|Utilizador parceiro",
             "ja": "パートナー ユーザー"},
}  # fmt: skip

_OWN: Mapping[str, str] = {
    "product": "Product", "seats": "Seats", "status": "Status|Status when prepared",
    "subscription": "Subscription id", "offer": "Offer id",
    "reseller": "Partner ID", "cycle": "Billing cycle", "end": "Term ends", "renew": "Renews",
    "company": "company|Customer", "domain": "domain",
    "customer": "Customer tenant", "at": "Date and time (UTC)",
}  # fmt: skip


def _table() -> tuple[Heading, ...]:
    documented = (
        Heading(field, text, language, "documented")
        for field, texts in _DOCUMENTED.items()
        for language, text in texts.items()
    )
    inferred = (
        Heading(field, text, language, "inferred")
        for field, texts in _INFERRED.items()
        for language, every in texts.items()
        for text in every.split("|")
    )
    own = (Heading(field, text, "en", "our own export") for field, every in _OWN.items() for text in every.split("|"))
    return (*documented, *inferred, *own)


HEADINGS = _table()
"""Every heading that is known, what a page shows first."""

BY_NAME: Mapping[str, Heading] = {normalised(heading.text): heading for heading in reversed(HEADINGS)}
"""Normalised heading -> the first of `HEADINGS` that has it."""
