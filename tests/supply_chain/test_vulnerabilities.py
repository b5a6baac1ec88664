"""What the reports of pip-audit and npm are taken to say. What was not looked up is never called safe."""

import pytest

from supply_chain import __main__, vulnerabilities
from supply_chain.vulnerabilities import LookUp, look_up_python, read_npm_audit, read_pip_audit

KNOWN = {"name": "motor", "version": "3.7.1", "vulns": []}
HIT = {
    "name": "starlette",
    "version": "0.40.0",
    "vulns": [{"id": "GHSA-2c2j-9gv5-cj73", "fix_versions": ["0.47.2"], "aliases": []}],
}
PASSED_OVER = {"name": "orjson", "skip_reason": "Dependency not found on PyPI and could not be audited"}
REFUSED = {"message": "405 Method Not Allowed - POST .../advisories/bulk", "error": {"summary": ""}}


def test_pip_audit_found_one() -> None:
    found = ("starlette 0.40.0: GHSA-2c2j-9gv5-cj73, mended in 0.47.2",)

    assert read_pip_audit({"dependencies": [KNOWN, HIT]}) == LookUp(checked=2, found=found)


def test_what_pip_audit_passes_over_was_not_looked_up() -> None:
    unchecked = ("orjson: Dependency not found on PyPI and could not be audited",)

    assert read_pip_audit({"dependencies": [PASSED_OVER]}) == LookUp(unchecked=unchecked)


def test_npm_found_one_or_was_refused() -> None:
    hit = {"vite": {"name": "vite", "severity": "high", "range": "<8.0.1"}}
    report = {"vulnerabilities": hit, "metadata": {"dependencies": {"total": 183}}}

    assert read_npm_audit(report) == LookUp(checked=183, found=("vite <8.0.1: high",))
    assert read_npm_audit(REFUSED) == LookUp(unchecked=("405 Method Not Allowed - POST .../advisories/bulk",))


def test_without_the_tool_nothing_was_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vulnerabilities, "PIP_AUDIT", vulnerabilities.ROOT / "no-such-tool")

    looked_up = look_up_python("requirements-node.lock")

    assert (looked_up.checked, len(looked_up.unchecked)) == (0, len(vulnerabilities.SERVICES))


@pytest.mark.parametrize(
    ("looked_up", "code"),
    [
        ([LookUp(checked=3)], 0),
        ([LookUp(checked=3), LookUp(unchecked=("the network",))], __main__.UNKNOWN),
        ([LookUp(checked=2, unchecked=("orjson",))], __main__.UNKNOWN),
        ([LookUp(unchecked=("the network",)), LookUp(checked=1, found=("motor",))], 1),
    ],
)
def test_the_exit_code_tells_safe_from_unknown_and_found(
    looked_up: list[LookUp], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vulnerabilities, "look_up_all", lambda: dict(enumerate(looked_up)))

    assert __main__.main(["vulnerabilities"]) == code
