"""The phases of a case, one module and one notebook each."""

from consolidation.phases.azure import AzureBySupport
from consolidation.phases.close import Close
from consolidation.phases.invite import Invite
from consolidation.phases.phase import Phase
from consolidation.phases.prepare import Prepare
from consolidation.phases.recreate import Recreate
from consolidation.phases.suspend import Suspend
from consolidation.phases.transfer import Transfer

PHASES: dict[str, Phase] = {
    phase.name: phase for phase in (Prepare(), Invite(), Transfer(), Recreate(), Suspend(), AzureBySupport(), Close())
}

__all__ = ["PHASES", "Phase"]
