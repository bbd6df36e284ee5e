"""What can be bought: real legacy offers with plausible prices, and a few items of everything else.

Offer ids and prerequisites are the public ones of Microsoft's legacy catalogue; prices are net prices in euro per seat
and month, near those of the last legacy price lists. Two retired offers are still held but no longer for sale.
"""

from partner_center_simulator.portfolios.model import OfferOnSale

OFFICE_365_E1 = "91FD106F-4B2C-4938-95AC-F54F74E9A239"
OFFICE_365_E3 = "796B6B5F-613C-4E24-A17C-EBA730D49C02"
OFFICE_365_E5 = "A044B16A-1861-4308-8086-A3A3B506FAC2"
BUSINESS_BASIC = "BD938F12-058F-4927-BBA3-AE36B1D2501C"
BUSINESS_STANDARD = "031C9E47-4802-4248-838E-778FB1D2CC05"
EXCHANGE_ONLINE_PLAN_1 = "195416C1-3447-423A-B37B-EE59A99A19C4"
EXCHANGE_ONLINE_PLAN_2 = "2F707C7C-2433-49A5-A437-9CA7CF40D3EB"
EXCHANGE_ONLINE_KIOSK = "35A36B80-270A-44BF-9290-00545D350866"
EXCHANGE_ONLINE_ARCHIVING = "2828BE95-46BA-4F91-B2FD-0BEF192ECF60"
AUDIO_CONFERENCING = "C94271D8-B431-4A25-A3C5-A57737A1C909"
MY_ANALYTICS = "45320EC9-9B8E-49D0-B900-F14141A0ABD1"
EXTRA_FILE_STORAGE = "53FC25F7-6639-4F78-BB44-3C2DFEC3ED40"
OFFICE_365_E4 = "8909E28E-5832-42F4-9886-B0A5545F3645"
OFFICE_365_F3 = "6FBAD345-B7DE-42A6-B6AB-79B363D0B371"
MICROSOFT_365_E3 = "2B3B8D2D-10AA-4BE4-B5FD-7F2FEB0C3091"
APPS_FOR_BUSINESS = "5C9FD4CC-EDCE-44A8-8E91-07DF09744609"
ENTERPRISE_MOBILITY_E3 = "79C29AF7-3CD0-4A6F-B182-A81E31DEC84E"
POWER_BI_PRO = "800F4F3B-CFE1-42C1-9CEA-675512810488"
VISIO_PLAN_2 = "B4D4B7F4-4089-43B6-9C44-DE97B760FB11"
AZURE = "MS-AZR-0145P"
AZURE_PLAN = "DZH318Z0BPS6:0001:DZH318Z0BML6"
NEW_COMMERCE_BUSINESS_BASIC = "CFQ7TTC0LH18:0001:CFQ7TTC0K971"
NEW_COMMERCE_BUSINESS_PREMIUM = "CFQ7TTC0LCHC:0002:CFQ7TTC0X6RN"
NEW_COMMERCE_BUSINESS_PREMIUM_TRIAL = "CFQ7TTC0LCHC:0003:CFQ7TTC0K3NW"
AZURE_RESERVATION = "DZH318Z08M9S:000C:DZH318Z09V2K"
AZURE_SAVINGS_PLAN = "DZH318Z0BQ35:0002:DZH318Z0BN7C"
WINDOWS_SERVER = "DG7GMGF0D5RK:0005:DG7GMGF0D3SJ"
MARKETPLACE_BACKUP = "DZH318Z0C4QX:0001:DZH318Z0C8FT"

CATALOGUE = (
    OfferOnSale(OFFICE_365_E1, "Office 365 E1", 7.50),
    OfferOnSale(OFFICE_365_E3, "Office 365 E3", 20.60),
    OfferOnSale(OFFICE_365_E5, "Office 365 E5", 33.10),
    OfferOnSale(BUSINESS_BASIC, "Microsoft 365 Business Basic", 4.80, "SmallBusiness", maximum=300),
    OfferOnSale(BUSINESS_STANDARD, "Microsoft 365 Business Standard", 9.90, "SmallBusiness", maximum=300),
    OfferOnSale(OFFICE_365_F3, "Office 365 F3", 3.40),
    OfferOnSale(OFFICE_365_E4, "Office 365 Enterprise E4", 18.80, available=False),
    OfferOnSale(MICROSOFT_365_E3, "Microsoft 365 E3", 31.70),
    OfferOnSale(APPS_FOR_BUSINESS, "Microsoft 365 Apps for business", 8.80, "SmallBusiness", maximum=300),
    OfferOnSale(ENTERPRISE_MOBILITY_E3, "Enterprise Mobility + Security E3", 8.90),
    OfferOnSale(POWER_BI_PRO, "Power BI Pro", 8.40),
    OfferOnSale(VISIO_PLAN_2, "Visio Plan 2", 12.60, available=False),
    OfferOnSale(EXCHANGE_ONLINE_PLAN_1, "Exchange Online (Plan 1)", 3.40),
    OfferOnSale(EXCHANGE_ONLINE_PLAN_2, "Exchange Online (Plan 2)", 6.70),
    OfferOnSale(EXCHANGE_ONLINE_KIOSK, "Exchange Online Kiosk", 1.70),
    OfferOnSale(
        EXCHANGE_ONLINE_ARCHIVING,
        "Exchange Online Archiving for Exchange Online",
        2.50,
        category="",
        is_add_on=True,
        prerequisites=(
            OFFICE_365_E1,
            OFFICE_365_E3,
            BUSINESS_BASIC,
            BUSINESS_STANDARD,
            EXCHANGE_ONLINE_PLAN_1,
            EXCHANGE_ONLINE_KIOSK,
        ),
    ),
    OfferOnSale(
        AUDIO_CONFERENCING,
        "Audio Conferencing",
        3.40,
        category="",
        is_add_on=True,
        prerequisites=(OFFICE_365_E1, OFFICE_365_E3, BUSINESS_BASIC, BUSINESS_STANDARD),
    ),
    OfferOnSale(
        MY_ANALYTICS,
        "Microsoft MyAnalytics",
        3.40,
        category="",
        is_add_on=True,
        prerequisites=(
            EXCHANGE_ONLINE_PLAN_1,
            EXCHANGE_ONLINE_PLAN_2,
            OFFICE_365_E1,
            OFFICE_365_E3,
            OFFICE_365_E4,
            MICROSOFT_365_E3,
        ),
    ),
    OfferOnSale(
        EXTRA_FILE_STORAGE,
        "Office 365 Extra File Storage",
        0.17,
        category="",
        is_add_on=True,
        prerequisites=(OFFICE_365_E1, OFFICE_365_E3, OFFICE_365_E5, BUSINESS_STANDARD, MICROSOFT_365_E3),
    ),
    OfferOnSale(
        AZURE, "Microsoft Azure", 0.0, billing="usage", available=False, maximum=1, limit=0, unit_type="Usage-based"
    ),
    OfferOnSale(
        AZURE_PLAN,
        "Azure plan",
        0.0,
        billing="usage",
        available=False,
        maximum=1,
        unit_type="Usage-based",
        product_type="Azure",
    ),
    OfferOnSale(
        NEW_COMMERCE_BUSINESS_BASIC,
        "Microsoft 365 Business Basic",
        5.60,
        maximum=300,
        product_type="OnlineServicesNCE",
    ),
    OfferOnSale(
        NEW_COMMERCE_BUSINESS_PREMIUM,
        "Microsoft 365 Business Premium",
        20.60,
        maximum=300,
        product_type="OnlineServicesNCE",
    ),
    OfferOnSale(
        NEW_COMMERCE_BUSINESS_PREMIUM_TRIAL,
        "Microsoft 365 Business Premium Trial",
        0.0,
        minimum=25,
        maximum=25,
        product_type="OnlineServicesNCE",
        is_trial=True,
    ),
    OfferOnSale(
        AZURE_RESERVATION,
        "Reserved VM Instance, Standard_D2s_v5, France Central",
        41.70,
        available=False,
        unit_type="Reservations",
        product_type="Azure",
        sub_type="Reservation",
    ),
    OfferOnSale(
        AZURE_SAVINGS_PLAN,
        "Azure savings plan for compute",
        73.00,
        available=False,
        unit_type="SavingsPlans",
        product_type="Azure",
        sub_type="SavingsPlan",
    ),
    OfferOnSale(WINDOWS_SERVER, "Windows Server 2025 Standard - 16 core", 962.00, product_type="Software"),
    OfferOnSale(
        MARKETPLACE_BACKUP,
        "Tailwind Backup for Microsoft 365",
        1.90,
        product_type="SaaS",
        publisher="Tailwind Software",
    ),
)
