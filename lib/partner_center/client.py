"""The clients of the two sides. What is not here cannot be written (S4)."""

from partner_center.reader import PartnerCenterReader
from partner_center.source_client import SourceClient
from partner_center.target_client import CartLine, TargetClient

__all__ = ["CartLine", "PartnerCenterReader", "SourceClient", "TargetClient"]
