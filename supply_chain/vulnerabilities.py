"""Known vulnerabilities, as far as databases of them answer. What was not looked up is not called safe."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from portal.npm import BuildFailed, node_and_npm
from supply_chain.locked import PYTHON_LOCKS, ROOT

LOOK_UP_S_MAX: Final = 120
PIP_AUDIT: Final = ROOT / ".venv" / "vulnerabilities" / "bin" / "pip-audit"
SERVICES: Final = ("osv", "pypi")
"""Where pip-audit looks, in this order: the second one where the first can't be reached."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """What looking one lock up came to: packages that were, what was found, and why others were not."""

    checked: int = 0
    found: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = field(default=())


def look_up_all() -> dict[str, LookUp]:
    """Return what the databases say of each lock file."""
    python = {lock: look_up_python(lock) for lock in PYTHON_LOCKS}
    return python | {"portal/package-lock.json": look_up_npm()}


def look_up_python(lock: str) -> LookUp:
    """Return what is known of a lock of Python packages."""
    failures: list[str] = []
    for service in SERVICES:
        command = (str(PIP_AUDIT), "--vulnerability-service", service, "--format", "json")
        rest = ("--progress-spinner", "off", "--disable-pip", "--requirement", lock)
        said = _run((*command, *rest), folder=ROOT)
        if isinstance(said, LookUp):
            failures += said.unchecked
            continue
        read = read_pip_audit(said)
        if read.checked:
            return read
        failures += read.unchecked[:1]
    return LookUp(unchecked=tuple(failures))


def read_pip_audit(report: dict[str, Any]) -> LookUp:
    """Read pip-audit's report. It passes over what its service does not know, and calls that a success."""
    known = [one for one in report["dependencies"] if "skip_reason" not in one]
    return LookUp(
        checked=len(known),
        found=tuple(
            f"{one['name']} {one['version']}: {vulnerability['id']}, "
            f"mended in {', '.join(vulnerability['fix_versions']) or 'no version'}"
            for one in known
            for vulnerability in one["vulns"]
        ),
        unchecked=tuple(
            f"{one['name']}: {one['skip_reason']}" for one in report["dependencies"] if "skip_reason" in one
        ),
    )


def look_up_npm() -> LookUp:
    """Return what is known of the packages of the pages."""
    try:
        _, npm = node_and_npm()
    except BuildFailed as failure:
        return LookUp(unchecked=(str(failure),))
    said = _run((*npm, "audit", "--json", "--package-lock-only"), folder=ROOT / "portal")
    return said if isinstance(said, LookUp) else read_npm_audit(said)


def read_npm_audit(report: dict[str, Any]) -> LookUp:
    """Read npm's report."""
    if "vulnerabilities" not in report:
        return LookUp(unchecked=(str(report.get("message", report))[:200],))
    return LookUp(
        checked=report["metadata"]["dependencies"]["total"],
        found=tuple(
            f"{name} {one['range']}: {one['severity']}" for name, one in report["vulnerabilities"].items()
        ),
    )


def _run(command: Sequence[str], *, folder: Path) -> dict[str, Any] | LookUp:
    """Return the JSON that a tool writes, whatever its exit code; or that there is none, and why."""
    name = " ".join((Path(command[0]).name, *command[1:3]))
    try:
        done = subprocess.run(  # noqa: S603 - no part of the command comes from outside
            command, cwd=folder, timeout=LOOK_UP_S_MAX, check=False, capture_output=True, text=True
        )
        report: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return LookUp(unchecked=(f"{name} took more than {LOOK_UP_S_MAX} s",))
    except OSError as error:
        return LookUp(unchecked=(f"{name}: {error.strerror}",))
    except ValueError:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        return LookUp(unchecked=(f"{name}: {(lines or ['said nothing'])[-1][:200]}",))
    return report
