"""The processes of a stack that things happen to: each is started again when it dies, and may be replaced."""

import asyncio
import os
import resource
import signal
import socket
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from ciclo.localstack.processes import Child, Process, ask_to_stop, kill, release, spawn
from ciclo.web.serving.starter import NOTIFY_SOCKET

RESTART_S: Final = 0.5
"""Between a death and the next start, as an orchestrator has it."""

POLL_S: Final = 0.05
READY_S_MAX: Final = 60.0
STOP_S_MAX: Final = 35.0
UNLIMITED: Final = resource.RLIM_INFINITY
PEACEFUL: Final = (0, -signal.SIGTERM)
"""uvicorn ends, in the end, by the signal that it was asked to end by."""


class Member:
    """One process of the stack."""

    def __init__(self, process: Process, *, folder: Path) -> None:
        self.name = process.name
        self.starts = 0
        self.surprises: list[str] = []
        """Deaths that nobody here brought about."""
        self._logs = folder / "logs"
        self._notices = _notify_socket(folder / f"{process.name}.sock")
        self._process = replace(
            process, environment={**process.environment, NOTIFY_SOCKET: self._notices.getsockname()}
        )
        self._child: Child | None = None
        self._is_doomed = False

    @property
    def pid(self) -> int:
        """Return the id of the process that runs now."""
        assert self._child is not None
        return self._child.handle.pid

    @property
    def is_alive(self) -> bool:
        """Return whether it runs."""
        return self._child is not None and self._child.handle.poll() is None

    def start(self) -> None:
        """Start it."""
        self._child = spawn(self._process, logs=self._logs)
        self.starts += 1

    async def ready(self) -> None:
        """Wait until it says that it does its work."""
        async with asyncio.timeout(READY_S_MAX):
            while b"READY=1" not in await asyncio.get_running_loop().sock_recv(self._notices, 4_096):
                pass

    async def keep(self) -> None:
        """Start it again whenever it has died, until this task is cancelled."""
        while True:
            await asyncio.sleep(POLL_S)
            child = self._child
            if child is None or (code := child.handle.poll()) is None:
                continue
            if not self._is_doomed:
                self.surprises.append(f"{self.name} ended by itself: {code}")
            release(child)
            self._child = None
            await asyncio.sleep(RESTART_S)
            self._is_doomed = False
            self.start()

    def doom(self) -> None:
        """Expect that it dies of what is done to it."""
        self._is_doomed = True

    def kill(self) -> None:
        """End it by SIGKILL."""
        self.doom()
        self._signal(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop it where it is, as on a host that hangs."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def limit_files(self, bytes_max: int) -> None:
        """Let no file grow beyond *bytes_max*: to whoever writes, what a full disk is."""
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (bytes_max, UNLIMITED))

    async def replace(self) -> None:
        """Start its successor beside it, and end it once that one does its work."""
        old = self._child
        assert old is not None
        self._forget_notices()
        self.start()
        await self.ready()
        await self.stop(old)

    async def restart(self) -> None:
        """End it in peace and start it again."""
        old = self._child
        assert old is not None
        self._child = None
        await self.stop(old)
        self.start()

    async def stop(self, child: Child) -> None:
        """Ask a process to end, and wait until it has; one that does not is killed, and is a surprise."""
        ask_to_stop(child)
        with suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(child.handle.wait, STOP_S_MAX)
        code = child.handle.poll()
        if code not in PEACEFUL:
            self.surprises.append(f"{self.name} did not end in peace: {code}")
        kill(child)

    def end(self) -> None:
        """End it for good, at once."""
        if self._child is not None:
            kill(self._child)
        self._notices.close()

    def _signal(self, number: signal.Signals) -> None:
        # It may be between two lives: then the fault meets nobody.
        if self.is_alive:
            os.kill(self.pid, number)

    def _forget_notices(self) -> None:
        while True:
            try:
                self._notices.recv(4_096)
            except BlockingIOError:
                return


def environment_of(values: Mapping[str, str]) -> dict[str, str]:
    """Return an environment that other processes of a test get: nothing of it buffers its log."""
    return {**values, "PYTHONUNBUFFERED": "1"}


def _notify_socket(path: Path) -> socket.socket:
    notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notices.bind(str(path))
    notices.settimeout(0)
    return notices
