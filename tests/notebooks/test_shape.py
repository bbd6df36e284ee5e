"""The shape of the notebooks: short code, more prose than code, and the same six parts everywhere."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

import consolidation
from consolidation.outcomes import CASE_PHASES, ENGAGEMENT_PHASES

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
PHASES = (*CASE_PHASES, *ENGAGEMENT_PHASES)
PARTS = ("Observe", "Plan", "Decide", "Apply", "Verify", "Seal")
OPENING = ("Changes", "Cannot be undone", "Who acts outside", "Needs", "Covers")
REQUIREMENTS = {f"M{number}" for number in range(1, 38)}
RULES = {f"S{number}" for number in range(1, 16)}
NUMBER = re.compile(r"\b[MS]\d+\b")

every_notebook = pytest.mark.parametrize("phase", PHASES)
every_case_notebook = pytest.mark.parametrize("phase", CASE_PHASES)


def notebook(phase: str) -> dict[str, Any]:
    """The file of a phase, as JSON."""
    return json.loads((FOLDER / f"{phase}.ipynb").read_text(encoding="utf-8"))


def texts(phase: str, kind: str) -> list[str]:
    """The cells of one kind, `code` or `markdown`, each as one text."""
    return ["".join(cell["source"]) for cell in notebook(phase)["cells"] if cell["cell_type"] == kind]


def prose(phase: str) -> str:
    """All the prose of a notebook."""
    return "\n\n".join(texts(phase, "markdown"))


def parsed(code: str) -> ast.Module:
    """The syntax of a cell; a notebook may await at its top level."""
    return compile(code, "cell", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def imported(phase: str) -> list[list[ast.ImportFrom]]:
    """The imports of each cell that has any; anything but `from … import …` fails."""
    found = []
    for code in texts(phase, "code"):
        imports = [node for node in ast.walk(parsed(code)) if isinstance(node, ast.Import | ast.ImportFrom)]
        assert all(isinstance(node, ast.ImportFrom) for node in imports)
        if imports:
            found.append(imports)
    return found


def parameters(phase: str) -> dict[str, str]:
    """Name and default of what stands in the cell tagged `parameters`."""
    tagged = [cell for cell in notebook(phase)["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    assert len(tagged) == 1
    assignments = parsed("".join(tagged[0]["source"])).body
    return {node.targets[0].id: ast.literal_eval(node.value) for node in assignments}


def test_the_folder_holds_one_notebook_for_each_phase():
    """Each phase is one notebook, and there is no other."""
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == sorted(PHASES)


@every_notebook
def test_code_is_short(phase):
    """A notebook has at most 12 code cells of at most 10 lines each, and defines nothing."""
    cells = texts(phase, "code")
    assert len(cells) <= 12
    for code in cells:
        assert 0 < len(code.splitlines()) <= 10
        defining = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
        assert not [node for node in ast.walk(parsed(code)) if isinstance(node, defining)]


@every_notebook
def test_prose_is_longer_than_code(phase):
    """A notebook is a document: it has more characters of prose than of code."""
    assert len(prose(phase)) > sum(map(len, texts(phase, "code")))


@every_notebook
def test_one_cell_imports_and_only_the_verbs(phase):
    """A notebook imports in one cell, and only public names of `consolidation`."""
    (imports,) = imported(phase)
    for node in imports:
        assert node.module == "consolidation"
        assert {name.name for name in node.names} <= set(consolidation.__all__)


def test_all_notebooks_together_use_at_most_twenty_names():
    """The library stays small where it is seen: at most 20 names, and none is offered that no notebook uses."""
    used = {name.name for phase in PHASES for cell in imported(phase) for node in cell for name in node.names}
    assert len(used) <= 20
    assert used == set(consolidation.__all__)


@every_notebook
def test_parameters_are_those_of_the_runner(phase):
    """Parameters are what the runner injects and nothing else; secrets are never parameters (S10)."""
    expected = ["engagement", "customer", "source"] if phase in CASE_PHASES else ["engagement"]
    if phase == "91_activity_log":
        expected = ["engagement", "date_from", "date_to", "customer"]
    found = parameters(phase)
    assert list(found) == expected
    assert found["engagement"] == "parameters/demo.yaml"


@every_notebook
def test_each_cell_ends_in_something_to_look_at(phase):
    """Each code cell after the parameters and the imports ends in an expression, which is shown."""
    for code in texts(phase, "code"):
        last = parsed(code).body[-1]
        if not isinstance(last, ast.ImportFrom) and "engagement = " not in code:
            assert isinstance(last, ast.Expr)


@every_notebook
def test_the_file_holds_no_traces_of_a_run(phase):
    """A notebook is kept without outputs, counts or widget state, for the ordinary kernel, with unique cell ids."""
    content = notebook(phase)
    assert content["metadata"]["kernelspec"]["name"] == "python3"
    assert "widgets" not in content["metadata"]
    assert (content["nbformat"], content["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in content["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


@every_notebook
def test_the_opening_tells_what_a_consultant_must_know(phase):
    """Each notebook opens with what it changes, what cannot be undone, who acts outside, and when it holds or fails."""
    opening = texts(phase, "markdown")[0]
    assert opening.startswith("# ")
    assert [word for word in OPENING if f"| **{word}** |" not in opening] == []
    for words in ("What this ", "hold", "wait", "fails"):
        assert words in opening


@every_case_notebook
def test_a_case_notebook_has_the_six_parts_in_order(phase):
    """Every per-customer notebook has Observe, Plan, Decide, Apply, Verify and Seal, in this order."""
    headings = re.findall(r"^## (.+)$", prose(phase), flags=re.MULTILINE)
    assert tuple(headings) == PARTS


@every_notebook
def test_numbers_named_in_the_prose_exist(phase):
    """A notebook names the requirements and rules that it covers, and only such as exist."""
    named = set(NUMBER.findall(prose(phase)))
    assert named & REQUIREMENTS
    assert named <= REQUIREMENTS | RULES


def test_outcome_is_written_by_the_last_cell():
    """The last cell of every notebook seals it: what stopped it shows as its outcome, not as a traceback."""
    for phase in PHASES:
        assert re.fullmatch(r"seal\(\w+\)", texts(phase, "code")[-1])
