"""Licences: every locked package has one that the list allows."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

from supply_chain.locked import IMAGE, PYTHON_LOCKS, Package, read_npm_lock, read_python_lock

_RULES: Final = tomllib.loads(Path(__file__).with_name("licences.toml").read_text(encoding="utf-8"))
ALLOWED: Final = frozenset(_RULES["allowed"])
ALLOWED_OUTSIDE: Final = ALLOWED | frozenset(_RULES["allowed_outside_the_image"])
SPELLED: Final[dict[str, str]] = _RULES["spelled"]
READ: Final[dict[str, str]] = _RULES["read"]

_OPERATORS: Final = frozenset({"AND", "OR"})
_CLASSIFIER: Final = "License :: OSI Approved :: "


def licence_of(package: Package) -> str | None:
    """Return a package's licence as an SPDX expression, or None if nobody knows it.

    A person's reading comes first; then the lock's word, then what the installed package declares.
    """
    read = READ.get(package.name) if package.registry == "pypi" else None
    if read or package.licence is not None:
        return read or package.licence or None
    try:
        declared = metadata.metadata(package.name)
    except metadata.PackageNotFoundError:
        return None
    classifiers = declared.get_all("Classifier") or ()
    wordings = (
        *(declared.get_all("License-Expression") or ()),
        *(declared.get_all("License") or ()),
        *(text.removeprefix(_CLASSIFIER) for text in classifiers if text.startswith(_CLASSIFIER)),
    )
    return next(filter(None, map(_expression, wordings)), None)


def _expression(wording: str) -> str | None:
    """Return a declared wording as an SPDX expression; None if it is no such thing."""
    text = SPELLED.get(wording.strip(), wording.strip())
    return text if text and named_in(text) <= ALLOWED_OUTSIDE else None


def named_in(expression: str) -> set[str]:
    """Return the licences that an SPDX expression names, whichever of them one may choose."""
    return set(re.findall(r"[A-Za-z0-9.+-]+", expression)) - _OPERATORS


def refusals(packages: Iterable[Package], *, allowed: frozenset[str]) -> Iterator[str]:
    """Yield a line for every package without a licence that *allowed* has."""
    for package in packages:
        licence = licence_of(package)
        if licence is None:
            yield f"{package.registry}:{package.name} {package.version}: no licence that we know of"
        elif not named_in(licence) <= allowed:
            yield f"{package.registry}:{package.name} {package.version}: {licence} is not allowed"


def check_licences() -> tuple[int, list[str]]:
    """Return how many packages the locks name, and a line for each whose licence will not do."""
    image = {package.name for package in read_python_lock(IMAGE)}
    packages = {package.name: package for lock in PYTHON_LOCKS for package in read_python_lock(lock)}
    shipped = [package for package in packages.values() if package.name in image]
    others = [package for package in packages.values() if package.name not in image]
    pages = read_npm_lock()
    refused = [
        *refusals((*shipped, *pages), allowed=ALLOWED),
        *refusals(others, allowed=ALLOWED_OUTSIDE),
    ]
    return len(packages) + len(pages), refused
