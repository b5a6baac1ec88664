"""The data folder of a local stack: what lies where, who owns it, and how it is cleared."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ciclo.localstack.errors import LocalStackError

PRIVATE_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700


@dataclass(frozen=True)
class StackFolder:
    """The paths inside one data folder."""

    root: Path

    @property
    def lock(self) -> Path:
        """Held by the running stack, and the sign that Ciclo made this folder."""
        return self.root / "ciclo.lock"

    @property
    def keys(self) -> Path:
        """The secrets, one file each."""
        return self.root / "secrets"

    @property
    def logs(self) -> Path:
        """One log per process."""
        return self.root / "logs"

    @property
    def mongo(self) -> Path:
        """Where mongod keeps its data."""
        return self.root / "mongo"

    @property
    def valkey(self) -> Path:
        """Where Valkey keeps its data and its configuration."""
        return self.root / "valkey"

    @property
    def env(self) -> Path:
        """Addresses and tokens as shell lines."""
        return self.root / "env"

    @property
    def ports(self) -> Path:
        """The ports that the servers had last time."""
        return self.root / "ports.json"

    @property
    def state(self) -> Path:
        """What the supervisor last said about its processes."""
        return self.root / "state.json"

    @property
    def demo(self) -> Path:
        """Present once the demo data is in this folder's own MongoDB."""
        return self.root / "demo-loaded"

    @property
    def ignore(self) -> Path:
        """Keeps the folder out of a surrounding Git repository."""
        return self.root / ".gitignore"

    @property
    def all_paths(self) -> tuple[Path, ...]:
        """Everything that Ciclo may create here; the lock goes last."""
        return (
            self.mongo,
            self.valkey,
            self.logs,
            self.keys,
            self.env,
            self.ports,
            self.state,
            self.demo,
            self.ignore,
            self.lock,
        )


@contextmanager
def lock_folder(folder: StackFolder) -> Iterator[None]:
    """Hold *folder* for this process, creating it where needed.

    The lock is the kernel's, so it ends with the process however that ends.

    Raises:
        Fault: another stack holds it, or it holds files that Ciclo did not make.
    """
    _refuse_foreign(folder)
    try:
        folder.root.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        handle = folder.lock.open("a+", encoding="utf-8")
    except OSError as error:
        raise LocalStackError(
            f"{folder.root} cannot be written: {error.strerror}", remedy="ciclo up --data-dir OTHER"
        ) from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalStackError(
                f"a stack is already running in {folder.root} (pid {_pid_in(folder)})",
                remedy=f"ciclo status --data-dir {folder.root}, or stop it with Ctrl+C where it runs",
            ) from None
        if not _is_the_file(folder.lock, handle.fileno()):
            raise LocalStackError(f"{folder.root} was being cleared", remedy="try again")
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        for path in (folder.keys, folder.logs, folder.mongo, folder.valkey):
            path.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        folder.ignore.write_text("*\n", encoding="utf-8")
        yield


def running_pid(folder: StackFolder) -> int | None:
    """Return the process id of the stack that holds *folder*, or None."""
    if not folder.lock.exists():
        return None
    with folder.lock.open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _pid_in(folder)
    return None


def clear_folder(folder: StackFolder) -> None:
    """Remove what Ciclo made in *folder*, and the folder itself if nothing else is left.

    Raises:
        Fault: a stack is running in it.
    """
    if not folder.lock.exists():
        raise LocalStackError(f"{folder.root} is no data folder of Ciclo: nothing removed")
    with lock_folder(folder):
        for path in folder.all_paths:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    if not any(folder.root.iterdir()):
        folder.root.rmdir()


def write_private(path: Path, text: str) -> None:
    """Replace *path* by *text*, readable by its owner only; a reader sees the old text or the new."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(text)
    fresh.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in *path*; a missing or torn file is empty, since all of them can be made anew."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _refuse_foreign(folder: StackFolder) -> None:
    if folder.root.exists() and not folder.root.is_dir():
        raise LocalStackError(f"{folder.root} is a file, not a folder", remedy="ciclo up --data-dir OTHER")
    if folder.root.is_dir() and not folder.lock.exists() and any(folder.root.iterdir()):
        raise LocalStackError(
            f"{folder.root} is not empty and was not made by Ciclo", remedy="ciclo up --data-dir OTHER"
        )


def _is_the_file(path: Path, descriptor: int) -> bool:
    """Return whether *path* still names the open file; a reset may have removed it before we had the lock."""
    return path.exists() and path.stat().st_ino == os.fstat(descriptor).st_ino


def _pid_in(folder: StackFolder) -> int:
    """Return the holder's process id, 0 in the moment before it is written."""
    text = folder.lock.read_text(encoding="utf-8").strip()
    return int(text) if text.isdigit() else 0
