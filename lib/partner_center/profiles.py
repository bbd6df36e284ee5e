"""Customers and the profiles of customers and partners, as Partner Center answers them."""

from partner_center.resource import OptionalText, Resource, Text, Word


class Address(Resource):
    """A postal address; ``country`` is ISO 3166 alpha-2."""

    country: Text = ""
    city: Text = ""
    postal_code: Text = ""
    address_line1: Text = ""


class BillingProfile(Resource):
    """The billing profile of a customer as this partner keeps it. Source: "Customer resources"."""

    id: OptionalText = None
    first_name: Text = ""
    last_name: Text = ""
    email: Text = ""
    culture: Text = ""
    language: Text = ""
    company_name: Text = ""
    default_address: Address | None = None

    @property
    def country(self) -> str:
        """The country of the billing address (ISO 3166 alpha-2), empty when not printed."""
        return self.default_address.country if self.default_address else ""


class CompanyProfile(Resource):
    """The company profile inside a customer. Source: "Customer resources"."""

    tenant_id: Text = ""
    domain: Text = ""
    company_name: Text = ""
    address: Address | None = None
    email: Text = ""


class Customer(Resource):
    """A customer of one partner tenant. Source: "Customer resources".

    ``id`` is the customer's tenant id and the same under every partner tenant. ``billing_profile`` and the address are
    printed only when one customer is read, and not always then.
    """

    id: str
    company_profile: CompanyProfile | None = None
    billing_profile: BillingProfile | None = None
    relationship_to_partner: Word = ""
    allow_delegated_access: bool | None = None
    associated_partner_id: OptionalText = None

    @property
    def company_name(self) -> str:
        """The company's name, empty when not printed."""
        return self.company_profile.company_name if self.company_profile else ""

    @property
    def domain(self) -> str:
        """The initial domain, such as fabrikam.onmicrosoft.com; it can change and is no key."""
        return self.company_profile.domain if self.company_profile else ""

    @property
    def relationship(self) -> str:
        """The relationship to the calling partner tenant: reseller, advisor, none and others."""
        return self.relationship_to_partner

    @property
    def country(self) -> str:
        """The country as far as it is printed (company address, else billing address), else empty."""
        company = self.company_profile.address if self.company_profile else None
        if company and company.country:
            return company.country
        return self.billing_profile.country if self.billing_profile else ""

    @property
    def culture(self) -> str:
        """The culture for documents, such as fr-FR, empty when not printed."""
        return self.billing_profile.culture if self.billing_profile else ""

    @property
    def language(self) -> str:
        """The language for documents, such as fr, empty when not printed."""
        return self.billing_profile.language if self.billing_profile else ""


class OrganizationProfile(Resource):
    """Who is signed in. Source: "Profile resources"."""

    tenant_id: str
    company_name: Text = ""
    domain: Text = ""
    email: Text = ""
    language: Text = ""
    culture: Text = ""
    default_address: Address | None = None

    @property
    def country(self) -> str:
        """The country of the organisation (ISO 3166 alpha-2), empty when not printed."""
        return self.default_address.country if self.default_address else ""


class PartnerBillingProfile(Resource):
    """How the partner itself is billed; ``billing_currency`` is ISO 4217. Source: "Profile resources"."""

    company_name: Text = ""
    billing_currency: Text = ""
    tax_id: Text = ""


class PartnerProfile(Resource):
    """A partner by its Partner ID (formerly MPN ID). Source: "Profile resources"."""

    mpn_id: Text = ""
    partner_name: Text = ""

    @property
    def id(self) -> str:
        """The Partner ID."""
        return self.mpn_id
