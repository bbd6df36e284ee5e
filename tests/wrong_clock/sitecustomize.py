"""Makes this computer's clock wrong for a process and its kernels: Python imports this at its start from their path.

Only the project's own view is shifted, and `time.time` with it: compiled libraries know the true class of datetime. The
database has a clock of its own, and so has what measures durations.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

_AHEAD = float(os.environ["CLOCK_AHEAD_SECONDS"])
_time = time.time


class _OfAnyKind(type):
    """What was made by the true class counts as one of the shifted class too."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, dt.datetime)


class _Shifted(dt.datetime, metaclass=_OfAnyKind):
    """A datetime whose now is shifted."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
        return dt.datetime.now(tz) + dt.timedelta(seconds=_AHEAD)


class _ShiftedModules:
    """Finds the project's modules as ever, and shifts what they call datetime once they are loaded."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, _target: ModuleType | None = None) -> ModuleSpec | None:
        if name.partition(".")[0] not in {"consolidation", "partner_center"}:
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def shifted(module: ModuleType) -> None:
                load(module)
                if getattr(module, "datetime", None) is dt.datetime:
                    vars(module)["datetime"] = _Shifted

            spec.loader.exec_module = shifted  # type: ignore[method-assign]
        return spec


time.time = lambda: _time() + _AHEAD
sys.meta_path.insert(0, _ShiftedModules)  # type: ignore[arg-type]
