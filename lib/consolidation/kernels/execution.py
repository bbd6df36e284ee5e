"""Runs one notebook through papermill in a kernel of its own.

Papermill's own status decides nothing: after a dead kernel or a timeout its metadata says that every cell completed.
What counts is the outcome in our journal; here we only tell what stopped the notebook, and which cells never ran.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from consolidation.kernels.provisioner import NAME as WARM

CELL_TIMEOUT_SECONDS = 1800
"""Longer than any cell should take, provisioning included; a notebook that hangs must end."""


@dataclass(frozen=True)
class Execution:
    """An executed notebook.

    Attributes:
        notebook: With its outputs, as far as it came.
        stopped_by: What stopped it, one sentence; empty when every cell ran.
        began: Whether its first cell began; a kernel that never came so far has done nothing.
    """

    notebook: NotebookNode
    stopped_by: str
    began: bool


def execute(notebook: Path, parameters: Mapping[str, str]) -> Execution:
    """Execute a notebook in a scratch folder: papermill does not write its output atomically.

    It is written once, at the end: papermill would do it twice for each cell, which costs as much as a kernel. Of a
    notebook whose kernel died nothing is written, so the cells are taken as they begin.

    Args:
        notebook: The notebook of the phase.
        parameters: Injected as they are; secrets are never parameters (S10).
    """
    # Papermill takes seconds to import and only a run needs it: `consolidate status` must stay quick.
    import papermill
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    begun: list[NotebookNode] = []
    with tempfile.TemporaryDirectory(prefix="consolidation-") as scratch:
        output = Path(scratch) / notebook.name
        stopped_by = ""
        try:
            papermill.execute_notebook(
                notebook,
                output,
                parameters=dict(parameters),
                kernel_name=WARM,
                progress_bar=False,
                request_save_on_cell_execute=False,
                on_cell_start=lambda cell, cell_index: begun.append(cell),  # noqa: ARG005 - nbclient's names
                execution_timeout=CELL_TIMEOUT_SECONDS,
                shutdown_kernel="immediate",
                # Runner and kernel talk over TCP, and what they say is nobody else's business.
                config=Config({"KernelManager": {"transport_encryption": "required"}}),
            )
        except PapermillExecutionError as error:
            stopped_by = _first_line(f"Cell {error.exec_count} raised {error.ename}: {error.evalue}")
        except Exception as error:  # noqa: BLE001 - a kernel dies in many ways, and each must end as an outcome
            stopped_by = _first_line(f"The kernel stopped: {type(error).__name__}: {error}")
        executed = nbformat.read(output if output.exists() else notebook, as_version=4)
        if not output.exists():
            _keep_what_ran(executed, begun)
    executed.metadata.pop("widgets", None)  # what a widget held is nothing to keep (S10)
    # Where the scratch folder lay tells an auditor nothing.
    executed.metadata.get("papermill", {}).pop("output_path", None)
    executed.metadata.get("papermill", {}).pop("input_path", None)
    never_ran = [cell for cell in executed.cells if cell.cell_type == "code" and cell.execution_count is None]
    if never_ran and not stopped_by:
        stopped_by = f"{_raised(executed)}; cells that never ran: {len(never_ran)}."
    return Execution(executed, stopped_by, began=bool(begun))


def _keep_what_ran(notebook: NotebookNode, begun: list[NotebookNode]) -> None:
    """Put the cells that began, and the one with the parameters among them, in the place of those that never ran."""
    injected = sum("injected-parameters" in cell.metadata.get("tags", ()) for cell in begun)
    notebook.cells[: max(len(begun) - injected, 0)] = begun


def with_banner(notebook: NotebookNode, text: str) -> NotebookNode:
    """Put a cell on top of an executed notebook that says how it ended when it could not say so itself."""
    cell = nbformat.v4.new_markdown_cell(f"> **Failed.** {text}")
    notebook.cells.insert(0, cell)
    return notebook


def _raised(notebook: NotebookNode) -> str:
    """Name the error that papermill does not count as one: it takes SystemExit for a wish to end well."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                return _first_line(f"Cell {cell.execution_count} raised {output.ename}: {output.evalue}")
    return "It ended early"


def _first_line(text: str) -> str:
    # What follows is a picture of the cell, which stands in the notebook anyway.
    return text.strip().splitlines()[0]
