"""Shelters the warm process, and every kernel forked from it, from the signals that ask the run to stop.

^C goes to everything in the terminal's foreground, and a scheduler may send SIGTERM to every process it finds. What
becomes of a kernel in the middle of a cell is decided by its run alone, which ends it by SIGKILL; and a kernel whose
run is gone ends itself. Only the warm process imports this module.
"""

from __future__ import annotations

import os
import signal

os.setsid()
signal.signal(signal.SIGTERM, signal.SIG_IGN)
