"""What this package shows to others, and what it keeps to itself."""

import ast
import subprocess
import sys
from pathlib import Path

import partner_center

FOLDER = Path(partner_center.__file__).parent


def imports_of(file: Path) -> set[str]:
    """List the top-level packages that a module imports anywhere."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_the_exported_names():
    """A name that is added to or taken from the package's surface shows here."""
    assert sorted(partner_center.__all__) == [
        "AnswerInfo",
        "CLOUDS",
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
    assert all(hasattr(partner_center, name) for name in partner_center.__all__)


def test_the_http_library_is_imported_in_one_module():
    """Replacing the HTTP library is a change in one file."""
    assert [file.name for file in FOLDER.glob("*.py") if "httpx" in imports_of(file)] == ["wire.py"]


def test_the_runbook_and_the_simulator_are_not_known_here():
    """Imports point one way: this package knows neither the runbook nor the simulator."""
    for file in FOLDER.glob("*.py"):
        assert not imports_of(file) & {"consolidation", "partner_center_simulator"}


def test_importing_the_package_loads_no_sign_in_library():
    """Only who signs in waits for MSAL to load."""
    check = "import sys, partner_center; sys.exit('msal' in sys.modules or 'pandas' in sys.modules)"
    subprocess.run([sys.executable, "-c", check], check=True)
