"""The typed client for Microsoft Partner Center.

It knows nothing of the runbook. A client is made for one side and can do what that side may do: ``SourceClient`` reads,
suspends, ends new commerce and accepts transfers, ``TargetClient`` reads, attests agreements, buys through carts and
requests transfers.
"""

from partner_center.auth import Credentials, Person, SignIn, sign_in_person
from partner_center.client import CartLine, PartnerCenterReader, SourceClient, TargetClient
from partner_center.clouds import CLOUDS, Cloud
from partner_center.errors import PartnerCenterError
from partner_center.transfers import TransferItem, TransferRequest
from partner_center.transport import AnswerInfo, Call, Patience, RateBudget, Unlimited

__all__ = [
    "CLOUDS",
    "AnswerInfo",
    "Call",
    "CartLine",
    "Cloud",
    "Credentials",
    "PartnerCenterError",
    "PartnerCenterReader",
    "Patience",
    "Person",
    "RateBudget",
    "SignIn",
    "SourceClient",
    "TargetClient",
    "TransferItem",
    "TransferRequest",
    "Unlimited",
    "sign_in_person",
]
