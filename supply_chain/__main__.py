"""`python -m supply_chain licences | vulnerabilities | sbom FILE`: exit code 0 if all is well, 1 if not.

Vulnerabilities know a third one: 2 says that something could not be looked up, and nothing bad was found.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ciclo import __version__

UNKNOWN: Final = 2
USAGE: Final = 64
SHOWN_MAX: Final = 3


def main(arguments: Sequence[str]) -> int:
    """Do what *arguments* ask for and return the exit code."""
    match arguments:
        case ["licences"]:
            return _licences()
        case ["vulnerabilities"]:
            return _vulnerabilities()
        case ["sbom", path]:
            return _sbom(Path(path))
    print(__doc__, file=sys.stderr)
    return USAGE


def _licences() -> int:
    from supply_chain.licences import check_licences

    number, refused = check_licences()
    for line in refused:
        print(line, file=sys.stderr)
    print(f"{number} packages are locked; the licences of {len(refused)} will not do")
    return int(bool(refused))


def _vulnerabilities() -> int:
    from supply_chain.vulnerabilities import look_up_all

    looked_up = look_up_all()
    for lock, one in looked_up.items():
        print(f"{lock}: {one.checked} looked up, {len(one.found)} known vulnerabilities")
        for line in one.found:
            print(f"  FOUND {line}")
        for line in one.unchecked[:SHOWN_MAX]:
            print(f"  not looked up: {line}")
    if any(one.found for one in looked_up.values()):
        return 1
    if any(one.unchecked for one in looked_up.values()):
        print("Not everything could be looked up: nothing is said about the rest.")
        return UNKNOWN
    return 0


def _sbom(path: Path) -> int:
    from supply_chain.sbom import write_sbom

    print(f"{path}: {write_sbom(path, version=__version__)} components")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
