"""The one list of what of the contract this simulator does not serve, by operation id, with the reason.

Each of those under the root of the API is answered as any unknown route: 404 in the error dialect. A test holds this
list and the served operations to the contract: together they are all of it.
"""

NOT_SERVED: dict[str, tuple[str, ...]] = {
    "older sign-in; MSAL asks the v2 endpoint and people sign in by device code": ("getTokenV1", "partnerConsent"),
    "reports about MFA; the runbook looks into the token itself": ("listApiRequestsMfa", "getMfaAdoption"),
    "profiles and checks of the partner that no phase reads": (
        "getLegalBusinessProfile",
        "getSupportProfile",
        "getMpaStatus",
        "getCountryRules",
        "validateAddress",
        "listValidationCodes",
    ),
    "relationships are ended and resellers named in the portal": (
        "patchCustomer",
        "listCustomerPartners",
        "listPartnerRelationships",
    ),
    "exists in the integration sandbox only": ("deleteSandboxCustomer",),
    "parts of a customer that the customer itself or the billing profile already shows": ("getCustomerCompanyProfile",),
    "what the order's provisioning status says too": ("getSubscriptionProvisioningStatus",),
    "catalogue beyond the legacy offers of a market and the products": ("listOfferCategories", "listCustomerOffers"),
    "orders are made by carts alone and never changed": ("createOrder", "patchOrder"),
    "Azure is moved by Microsoft's support, not by calls": (
        "listAzureEntitlements",
        "getAzureEntitlement",
        "cancelAzureEntitlement",
        "listEntitlements",
        "getUsageSummary",
        "listAzureUtilization",
    ),
    "legacy subscriptions are bought anew and not transferred": ("withdrawTransfer", "acceptLegacyTransfer"),
    "migrations stay inside one tenant": ("validateMigration", "createMigration", "getMigration"),
    "what the list of invoices and their lines say too, and documents to print": (
        "getInvoice",
        "listInvoiceSummaries",
        "getAccountBalance",
        "getInvoiceStatement",
        "listEstimateLinks",
    ),
    "withdrawn from March 2026 on; the runbook reads what was invoiced": ("listUnbilledLineItems",),
    "service requests and licences of users are looked after in the portal": (
        "listServiceRequests",
        "listSupportTopics",
        "getServiceRequest",
        "createServiceRequest",
        "updateServiceRequest",
        "listCustomerServiceRequests",
        "listSubscribedSkus",
        "listCustomerUsers",
        "listUserLicenses",
    ),
    "belongs to Microsoft Graph and is not read": (
        "graphExportBilled",
        "graphExportUnbilled",
        "createGdap",
        "getGdap",
        "deleteGdap",
        "requestGdap",
        "assignGdap",
        "listGdapCustomers",
    ),
}
