"""What can be bought: real legacy offers with plausible prices, and one new-commerce product.

Offer ids and prerequisites are the public ones of Microsoft's legacy catalogue; prices are net prices in euro per seat
and month, near those of the last legacy price lists.
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
AZURE = "MS-AZR-0145P"
NEW_COMMERCE_BUSINESS_BASIC = "CFQ7TTC0LH18:0001:CFQ7TTC0K971"

CATALOGUE = (
    OfferOnSale(OFFICE_365_E1, "Office 365 E1", 7.50),
    OfferOnSale(OFFICE_365_E3, "Office 365 E3", 20.60),
    OfferOnSale(OFFICE_365_E5, "Office 365 E5", 33.10),
    OfferOnSale(BUSINESS_BASIC, "Microsoft 365 Business Basic", 4.80, "SmallBusiness", maximum=300),
    OfferOnSale(BUSINESS_STANDARD, "Microsoft 365 Business Standard", 9.90, "SmallBusiness", maximum=300),
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
        AZURE, "Microsoft Azure", 0.0, billing="usage", available=False, maximum=1, limit=0, unit_type="Usage-based"
    ),
    OfferOnSale(NEW_COMMERCE_BUSINESS_BASIC, "Microsoft 365 Business Basic", 5.60, maximum=300),
)
