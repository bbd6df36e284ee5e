"""Kernels: fresh and isolated each, gone with their runner, and honest about how a notebook stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import KernelManager

from consolidation.kernels.execution import execute
from consolidation.kernels.provisioner import NAME, WarmProvisioner, can_fork

RUNNER = """
import sys
from pathlib import Path
from consolidation.kernels.execution import execute

if __name__ == "__main__":
    execute(Path(sys.argv[1]), {})
"""


def notebook(path: Path, *cells: str) -> Path:
    """Write a notebook with these code cells."""
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nbformat.write(made, path)
    return path


def texts(executed: nbformat.NotebookNode) -> str:
    """Return everything that the cells printed."""
    return "".join(output.get("text", "") for cell in executed.cells for output in cell.get("outputs", []))


def test_each_notebook_has_a_kernel_of_its_own(tmp_path: Path) -> None:
    """M29: nothing that one notebook changes in its process is seen by the next."""
    first = notebook(
        tmp_path / "first.ipynb", "import pandas\npandas.left_behind = 1\nimport random\nprint(random.random())"
    )
    second = notebook(
        tmp_path / "second.ipynb",
        "import pandas\nprint('clean' if not hasattr(pandas, 'left_behind') else 'dirty')",
        "import random\nprint(random.random())",
    )
    one, two = execute(first, {}), execute(second, {})
    assert one.stopped_by == two.stopped_by == ""
    assert "clean" in texts(two.notebook)
    assert texts(one.notebook).strip() not in texts(two.notebook)  # random numbers are not shared either


def test_kernels_are_forked_where_the_system_can(tmp_path: Path) -> None:
    """M37: on a system with a fork server a kernel is a fork with everything imported already."""
    executed = execute(
        notebook(tmp_path / "fork.ipynb", "import sys\nprint('warm' if 'msal' in sys.modules else 'cold')"), {}
    )
    assert texts(executed.notebook).strip() == ("warm" if can_fork() else "cold")


def test_papermill_finds_the_warm_kernel_by_its_name(tmp_path: Path) -> None:
    """M37: `papermill -k consolidation-warm` runs a notebook as `run` does: the kernelspec comes with the package."""
    path = notebook(tmp_path / "named.ipynb", "import sys\nprint('warm' if 'msal' in sys.modules else 'cold')")
    papermill, executed = Path(sys.executable).with_name("papermill"), tmp_path / "executed.ipynb"
    subprocess.run([papermill, "-k", NAME, path, executed], check=True, capture_output=True)
    assert texts(nbformat.read(executed, as_version=4)).strip() == ("warm" if can_fork() else "cold")


def test_a_dead_kernel_is_told_although_papermill_calls_it_completed(tmp_path: Path) -> None:
    """M32: a kernel that dies in a cell is a stopped notebook, with the cells that ran kept as evidence."""
    path = notebook(
        tmp_path / "dies.ipynb", "customer = ''", "print(customer)", "import os\nos._exit(3)", "print('no')"
    )
    written = nbformat.read(path, as_version=4)
    written.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(written, path)
    executed = execute(path, {"customer": "fabrikam.example"})
    assert executed.stopped_by
    assert "fabrikam.example" in texts(executed.notebook)
    sources = [cell.source for cell in executed.notebook.cells]
    assert [sources[0], *sources[2:]] == [cell.source for cell in written.cells]  # papermill's cell stands second
    assert [cell.execution_count for cell in executed.notebook.cells][-1] is None


def test_the_warm_process_holds_imports_alone() -> None:
    """S10, M37: what every kernel is forked from has no thread, no open connection, and nothing of an engagement."""
    look = """
import os, sys, threading
before = set(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else set()
import consolidation.kernels.warm
after = set(os.listdir("/proc/self/fd")) if before else set()
print(threading.active_count(), len(after - before), "pandas" in sys.modules, "msal" in sys.modules)
"""
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["1", "0", "True", "True"]
    assert said.stderr == ""


def test_what_a_notebook_needs_is_imported_before_the_fork(tmp_path: Path) -> None:
    """M37: a kernel imports nothing of weight by itself, or each of thousands would pay for it anew."""
    cell = "import sys\nbefore = set(sys.modules)\n" + "import httpcore, jwt, xlsxwriter, sqlalchemy.dialects.sqlite"
    cell += "\nimport ipykernel.debugger\nprint(len(set(sys.modules) - before))"
    executed = execute(notebook(tmp_path / "imports.ipynb", cell), {})
    assert not can_fork() or texts(executed.notebook).strip() == "0"


def test_runner_and_kernel_talk_encrypted(tmp_path: Path) -> None:
    """S10: what a runner and its kernel say to each other goes over TCP, and nobody else can read it."""
    cell = "from ipykernel.kernelapp import IPKernelApp\nprint(IPKernelApp.instance().curve_secretkey is not None)"
    assert texts(execute(notebook(tmp_path / "encrypted.ipynb", cell), {}).notebook).strip() == "True"


def test_where_there_is_no_fork_kernels_start_the_ordinary_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """M37: without a fork server, as on Windows or in a daemonic process, a notebook runs all the same."""
    monkeypatch.setattr("multiprocessing.get_all_start_methods", lambda: ["spawn"])
    executed = execute(
        notebook(tmp_path / "cold.ipynb", "import sys\nprint('warm' if 'msal' in sys.modules else 'cold')"), {}
    )
    assert texts(executed.notebook).strip() == "cold"


def test_an_error_in_a_cell_is_told_with_its_name(tmp_path: Path) -> None:
    """M32: an exception in a cell stops the notebook and is named in one sentence."""
    executed = execute(notebook(tmp_path / "raises.ipynb", "raise LookupError('no such thing')"), {})
    assert "LookupError: no such thing" in executed.stopped_by


def test_a_kernel_dies_with_its_runner_whatever_kills_it(tmp_path: Path) -> None:
    """S3: a runner that is killed leaves no kernel behind that could go on writing."""
    told = tmp_path / "pid.txt"
    cell = f"import os, pathlib, time\npathlib.Path({str(told)!r}).write_text(str(os.getpid()))\ntime.sleep(600)"
    script = tmp_path / "runner.py"
    script.write_text(RUNNER, encoding="utf-8")
    runner = subprocess.Popen([sys.executable, str(script), str(notebook(tmp_path / "sleeps.ipynb", cell))])
    kernel = int(_eventually(lambda: told.read_text() if told.exists() else ""))
    runner.send_signal(signal.SIGKILL)
    runner.wait()
    assert _eventually(lambda: "gone" if not _runs(kernel) else "") == "gone"


FORGETFUL = """
import gc
from jupyter_client.manager import start_new_kernel

if __name__ == "__main__":
    manager, client = start_new_kernel(kernel_name="consolidation-warm")
    client.stop_channels()
    print(manager.provisioner.pid)
    del manager, client
    gc.collect()
"""


def test_a_runner_ends_although_it_forgot_a_kernel(tmp_path: Path) -> None:
    """M37: whoever waited for a run at night finds it ended: a kernel that nobody ended is ended with it."""
    script = tmp_path / "forgetful.py"
    script.write_text(FORGETFUL, encoding="utf-8")
    ended = subprocess.run([sys.executable, str(script)], check=True, capture_output=True, text=True, timeout=60)
    kernel = int(ended.stdout)
    assert _eventually(lambda: "gone" if not _runs(kernel) else "") == "gone"


def test_a_kernel_leaves_its_connection_file_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """M37: the runner reads the file while the kernel begins: rewritten at that moment it would be found empty."""
    forks, written = WarmProvisioner.launch_kernel, []

    def launch(self: WarmProvisioner, cmd: list[str], **kwargs: Any) -> Awaitable[KernelConnectionInfo]:
        written.append(Path(cmd[cmd.index("-f") + 1]).stat().st_mtime_ns)
        return forks(self, cmd, **kwargs)

    monkeypatch.setattr(WarmProvisioner, "launch_kernel", launch)
    manager = KernelManager(kernel_name=NAME, transport_encryption="required")
    manager.start_kernel()
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=60)
        assert [Path(manager.connection_file).stat().st_mtime_ns] == written
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def _runs(process: int) -> bool:
    """Tell whether a process runs; one that has ended and is not yet collected does not."""
    state = Path(f"/proc/{process}/stat")
    if state.parent.parent.is_dir() and Path("/proc/self").exists():
        return state.exists() and state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    return subprocess.run(["ps", "-p", str(process)], check=False, capture_output=True).returncode == 0


def _eventually(look: object) -> str:
    """Return what a look gives as soon as it gives something."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if found := look():  # type: ignore[operator]
            return str(found)
        time.sleep(0.05)
    raise AssertionError("it did not happen within a minute")


def test_a_long_path_of_the_temporary_folder_stops_no_kernel(tmp_path: Path) -> None:
    """M37: where the folder for temporary files lies too deep for a fork server's socket, kernels start without it."""
    deep = tmp_path / ("deep" * 20)
    deep.mkdir()
    path = notebook(tmp_path / "cold.ipynb", "import sys\nprint('msal' in sys.modules)")
    look = "import sys\nfrom pathlib import Path\nfrom consolidation.kernels.execution import execute\n"
    look += "done = execute(Path(sys.argv[1]), {})\nprint(done.stopped_by, done.notebook.cells[0].outputs[0].text)"
    said = subprocess.run(
        [sys.executable, "-c", look, str(path)],
        env={**os.environ, "TMPDIR": str(deep)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split() == ["False"]
