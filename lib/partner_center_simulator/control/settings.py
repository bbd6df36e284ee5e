"""What can be set for all calls, and the one document in which settings and fault rules come."""

import math
from pathlib import Path

import yaml

from partner_center_simulator.control.faults import BadRule, Faults
from partner_center_simulator.documents import Json
from partner_center_simulator.state import State

SETTINGS = frozenset(
    {
        "latency",
        "provisioning_seconds",
        "order_list_seconds",
        "renewal_seconds",
        "requests_per_minute",
        "transfer_seconds",
    }
)


class BadSetting(ValueError):
    """A setting does not exist or has no sensible value."""


def change(state: State, wanted: Json) -> None:
    """Change settings.

    Raises:
        BadSetting: There is no such setting, or a value is no number from 0 on; nothing was changed.
    """
    state.set_settings(_checked(wanted))


def present(state: State) -> dict[str, float]:
    """Return all settings."""
    return {name: state.setting(name) for name in sorted(SETTINGS)}


def apply(state: State, faults: Faults, document: Json) -> None:
    """Replace all rules by those of a document, and change the settings that it names.

    Raises:
        BadRule: A rule is not understood; nothing was changed.
        BadSetting: A setting is not understood; nothing was changed.
    """
    if not isinstance(document, dict) or set(document) - {"settings", "rules"}:
        raise BadRule("faults are a document with settings, rules or both")
    rules = document.get("rules") or []
    if not isinstance(rules, list):
        raise BadRule("rules are a list")
    settings = _checked(document.get("settings") or {})
    faults.set(rules)
    state.set_settings(settings)


def read_file(file: Path) -> Json:
    """Return the document of a fault file.

    Raises:
        BadRule: The file cannot be read, or is no YAML.
    """
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadRule(f"{file} cannot be read: {error}") from error


def _checked(wanted: Json) -> dict[str, float]:
    if not isinstance(wanted, dict):
        raise BadSetting("settings are names with numbers")
    unknown = set(map(str, wanted)) - SETTINGS
    if unknown:
        raise BadSetting(f"there is no setting {', '.join(sorted(unknown))}")
    try:
        checked = {name: float(value) for name, value in wanted.items()}
    except (TypeError, ValueError) as error:
        raise BadSetting(f"a setting is a number: {error}") from error
    if any(value < 0 or not math.isfinite(value) for value in checked.values()):
        raise BadSetting("a setting is a number from 0 on")
    return checked
