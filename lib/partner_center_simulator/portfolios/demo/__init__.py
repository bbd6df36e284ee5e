"""The demo: twenty customers under two source tenants, one for every kind that a consultant meets.

Names are as people write them, and some as nobody should: a name is data and must do no harm anywhere (S11).

| customer | why it is there | where its case must end |
|---|---|---|
| fabrikamboulangerie | two subscriptions, one with an add-on | done |
| northwindtraders | legacy Azure beside seats | done, once support has moved it |
| alpineskihouse | never answers | waiting for the customer |
| adventureworks | several subscriptions with several add-ons; quotes | done |
| wideworldimporters | legacy Azure alone; a name that climbs out of a folder | done, nothing bought or suspended |
| baeckereimueller | one tenant under both sources, same product; umlauts | done in both cases |
| tailspintoys | answers at the second visit only; an offer no longer sold; a leading dash | done, one round later |
| prosewarekoeln | seats changed in the portal between approval and apply | held on drift, done by a new plan |
| graphicdesign | one suspended and one deleted before we began, one active | done, two rows left as they are |
| wingtipfahrraeder | an ordinary customer | done |
| ateliertrey | legacy seats, new-commerce seats, legacy Azure; an apostrophe | done |
| consolidated | a status that nobody knows; a script in the name | held: a person decides |
| lucernepublishing | the same was bought by hand in the target; a formula as name | done, taken over once picked |
| margiestravel | an add-on whose base is no longer for sale; an apostrophe | held: another product |
| woodgrovefilialen | 160 subscriptions: too many while both tenants hold them | held: the limit of 300 |
| fourthcoffee | new-commerce seats alone; a name written right to left | done |
| citypowerlight | an Azure plan; an ampersand | done |
| relecloud | new commerce two days old, a base to give up, one to keep | done: replaced, retired, moved |
| lamnahealthcare | new commerce that is to run out | held until its end is set in the portal |
| vanarsdel | one of each kind: legacy, new commerce, a trial, an Azure plan, a reservation | done, the trial left |
"""

from partner_center_simulator.portfolios import first
from partner_center_simulator.portfolios.demo import ended, held, moved, transferred
from partner_center_simulator.portfolios.model import Portfolio

PORTFOLIO = Portfolio(
    name="demo",
    customers=(*first.PORTFOLIO.customers, *moved.CUSTOMERS, *transferred.CUSTOMERS, *ended.CUSTOMERS, *held.CUSTOMERS),
)
