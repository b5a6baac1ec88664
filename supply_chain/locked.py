"""The packages that the lock files name, with the hashes of their files; nothing is asked of any registry."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
RUN, TEST, IMAGE, OTEL, NODE, VULNERABILITIES, MANIFESTS = (
    f"requirements{which}.lock"
    for which in ("", "-test", "-image", "-otel", "-node", "-vulnerabilities", "-manifests")
)
PYTHON_LOCKS: Final = (RUN, TEST, IMAGE, OTEL, NODE, VULNERABILITIES, MANIFESTS)
NPM_LOCK: Final = "portal/package-lock.json"

_PIN: Final = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;]+)")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_NODE_MODULES: Final = "node_modules/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One locked package.

    Attributes:
        registry: `pypi` or `npm`, as package URLs name it.
        name: its name there.
        version: the one that is locked.
        hashes: of the files that an installer may take, in hexadecimal: SHA-256 of pypi's, SHA-512 of npm's.
        licence: what the lock says of it; None, as no Python lock says anything.
        is_tool: it only checks the source, and nothing is built of it.
    """

    registry: str
    name: str
    version: str
    hashes: tuple[str, ...]
    licence: str | None = None
    is_tool: bool = False


def read_python_lock(lock: str) -> list[Package]:
    """Return what a lock of Python packages names, in its order."""
    lines = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    return [_python_package(line) for line in lines if line.strip()]


def _python_package(line: str) -> Package:
    pin = _PIN.match(line)
    if pin is None:
        raise ValueError(f"no pin: {line[:80]}")
    return Package(registry="pypi", name=pin[1], version=pin[2], hashes=tuple(_HASH.findall(line)))


def read_npm_lock() -> list[Package]:
    """Return what the pages' lock names, each version of a package once."""
    lock = json.loads((ROOT / NPM_LOCK).read_text(encoding="utf-8"))
    return list(dict.fromkeys(_npm_packages(lock["packages"])))


def _npm_packages(entries: dict[str, dict[str, object]]) -> Iterator[Package]:
    for path, entry in entries.items():
        if not path:  # the project itself
            continue
        # Only tools for other systems than the one that the lock was made on bear none.
        digest = str(entry.get("integrity", "")).removeprefix("sha512-")
        yield Package(
            registry="npm",
            name=path.rpartition(_NODE_MODULES)[2],
            version=str(entry["version"]),
            hashes=(base64.b64decode(digest).hex(),) if digest else (),
            licence=str(entry.get("license", "")),
            is_tool=bool(entry.get("dev")),
        )
