"""A kernel provisioner of jupyter_client that forks each kernel from a process that has done the imports.

A kernel started anew pays for Python, ipykernel and pandas each time. Here `multiprocessing`'s fork server pays once:
every kernel is a fresh fork of it, isolated from all others, and dies with the runner whatever kills the runner.
Entry point: `consolidation-warm` in `jupyter_client.kernel_provisioners`.
"""

from __future__ import annotations

import asyncio
import atexit
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from subprocess import Popen
from types import ModuleType
from typing import Any
from weakref import WeakSet

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

NAME = "consolidation-warm"
"""Of this provisioner, and of the kernelspec beside this module that asks for it."""

_LONGEST_SOCKET_PATH = 103
"""Bytes; macOS takes 104 with the zero at the end, Linux 108 (unix(7))."""


def can_fork() -> bool:
    """Tell whether this process can fork from a server; where it cannot, kernels start the ordinary way.

    A daemonic process of `multiprocessing`, as dask's nanny starts its workers, may have no children of that kind. And
    the server listens at a socket in the folder for temporary files, whose path may be too long for one.
    """
    socket = Path(tempfile.gettempdir()) / "pymp-abcdefgh" / "listener-abcdefgh"
    return (
        "forkserver" in multiprocessing.get_all_start_methods()
        and not multiprocessing.current_process().daemon
        and len(os.fsencode(socket)) <= _LONGEST_SOCKET_PATH
    )


_FORK = "kernel"
_AT_WORK: WeakSet[ForkedKernel | Popen[bytes]] = WeakSet()


def kill_kernels() -> None:
    """End every kernel that this process has started and that still runs."""
    for kernel in list(_AT_WORK):
        kernel.kill()


@atexit.register
def _kill_forgotten() -> None:
    """End the forks that nobody ended, as after an error while one began.

    It comes before multiprocessing waits for them: that asks them to end, and ipykernel does not listen.
    """
    for process in multiprocessing.active_children():
        if process.name == _FORK:
            process.kill()


class ForkedKernel:
    """A forked kernel with the face of `subprocess.Popen`, which is what jupyter_client works with."""

    stdin = stdout = stderr = None

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Process id of the kernel."""
        assert self._process.pid is not None  # noqa: S101 - it was started
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self._process.exitcode

    def wait(self) -> int | None:
        """Wait for its end and return the exit code."""
        self._process.join()
        return self._process.exitcode

    def send_signal(self, signum: int) -> None:
        """Send a signal; none to a kernel that has ended, whose number may be another's by now."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class WarmProvisioner(LocalProvisioner):
    """Starts kernels by forking; everything else is as jupyter_client's own provisioner does it."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:  # noqa: ANN401 - as the base class
        """Fork a kernel for the connection file that the command names; without a fork, start it the ordinary way."""
        if not can_fork():
            started = await super().launch_kernel(cmd, **kwargs)
            if self.process is not None:
                _AT_WORK.add(self.process)
            return started
        connection_file = cmd[cmd.index("-f") + 1]
        environment = dict(kwargs.get("env") or os.environ)
        folder = str(kwargs.get("cwd") or os.getcwd())  # noqa: PTH109 - handed on as text
        process = _context().Process(
            target=run_kernel, args=(connection_file, environment, folder), name=_FORK, daemon=True
        )
        with _without_main_module():
            process.start()
        kernel = ForkedKernel(process)
        self.process = kernel  # type: ignore[assignment] # it has the face of Popen
        self.pid = kernel.pid
        _AT_WORK.add(kernel)
        return self.connection_info

    async def wait(self) -> int | None:
        """Wait for the kernel's end and return its exit code; the base class looks ten times a second only."""
        while await self.poll() is None:  # noqa: ASYNC110 - a process that ends sets no event here
            await asyncio.sleep(0.005)
        return await super().wait()


def warm_up() -> None:
    """Begin to start the warm process, so that it does its imports while the runner does its own."""
    if can_fork():
        _context()
        forkserver.ensure_running()


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["consolidation.kernels.sheltered", "consolidation.kernels.warm"])
    return context


_STARTING = threading.Lock()


@contextmanager
def _without_main_module() -> Iterator[None]:
    """Hide the runner's main module while a kernel is started: every kernel would import it again, for nothing."""
    with _STARTING:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


def run_kernel(connection_file: str, environment: Mapping[str, str], folder: str) -> None:
    """Be the kernel: runs in the forked process until the runner ends it.

    Args:
        connection_file: Ports and keys of the kernel.
        environment: Replaces that of the warm process, which may be older.
        folder: Working directory.
    """
    from ipykernel.kernelapp import IPKernelApp
    from traitlets.config import Config
    from zmq import ZMQError

    class Kernel(IPKernelApp):
        """ipykernel's own, but for its command line: what stood there is said below, and reading it takes a while."""

        def parse_command_line(self, argv: list[str] | None = None) -> None:
            """Read none."""

        def _ip_default(self) -> str:
            # The connection file names the address; the base class would look at all network interfaces before.
            return "127.0.0.1"

        def write_connection_file(self, **_kwargs: Any) -> None:  # noqa: ANN401 - as the base class
            """Leave it as it is: the runner wrote it, and reads it once more while this kernel begins.

            The base class would write it anew whenever the transport is encrypted, and the runner find it empty.
            """

    threading.Thread(target=_die_with_runner, name="runner-watch", daemon=True).start()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    random.seed()  # every fork would draw the same numbers
    application: Any = Kernel.instance(
        connection_file=connection_file,
        # ipykernel looks after its parent as well, and that is the fork server, not the runner.
        parent_handle=os.getppid(),
        # What was run stands in the archive; a history of it in the home folder would be one file for all kernels.
        config=Config({"HistoryManager": {"enabled": False}}),
    )
    try:
        application.initialize([])
    except ZMQError as error:  # one of its ports is another program's by now
        sys.exit(f"A kernel could not begin to listen: {error}")
    application.start()


def _die_with_runner() -> None:
    """End the kernel as soon as the runner is gone, whatever killed it."""
    runner = multiprocessing.parent_process()
    if runner is not None:
        wait([runner.sentinel])
        os._exit(1)
