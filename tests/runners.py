"""Other runners: processes of their own on the same journal, as kernels and other computers are."""

from __future__ import annotations

import os
import subprocess
import sys
from types import TracebackType
from typing import Self

_PREAMBLE = """
import sys
from consolidation.errors import ConsolidationError
from consolidation.journal import Journal
journal = Journal(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
try:
{body}
except ConsolidationError as error:
    print(type(error).__name__, error, flush=True)
sys.stdin.readline()
"""


class Runner:
    """A process with its own runner id that does something to the journal when it is told to.

    Args:
        url: The journal.
        name: The runner's id.
        body: Python that uses `journal` and prints what is to be seen.
    """

    def __init__(self, url: str, name: str, body: str) -> None:
        script = _PREAMBLE.format(body="\n".join(f"    {line}" for line in body.strip().splitlines()))
        self._process = subprocess.Popen(
            [sys.executable, "-c", script, url],
            env={**os.environ, "CONSOLIDATION_RUNNER": name},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def wait_until_ready(self) -> None:
        """Wait until the journal is open."""
        assert self._line() == "ready"

    def go(self) -> None:
        """Let it begin; it does not end by itself."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def said(self) -> str:
        """Return the next line that it prints."""
        return self._line()

    def do(self) -> str:
        """Let it do its work and return what it printed first."""
        self.wait_until_ready()
        self.go()
        return self.said()

    def kill(self) -> None:
        """End it as a crash would: without a chance to tidy up."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()
