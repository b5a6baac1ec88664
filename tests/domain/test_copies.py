"""Copies with changes are those that dataclasses make, for every value that the rules copy."""

import dataclasses
from dataclasses import fields, is_dataclass
from importlib import import_module
from inspect import getmembers, isclass
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ciclo.domain
from ciclo.copies import replace
from ciclo.domain.money import Money
from ciclo.domain.payment import Payment
from ciclo.domain.subscription import Subscription
from tests.builders import Story
from tests.store.documents import FIRST
from tests.store.drawn import values_of


@given(st.data())
def test_a_copy_is_what_dataclasses_make_of_it(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([Subscription, Payment, Money]))
    value, other = data.draw(values_of(kind)), data.draw(values_of(kind))
    names = data.draw(st.sets(st.sampled_from([one.name for one in fields(kind)])))
    changes = {name: getattr(other, name) for name in names}
    before = dataclasses.replace(value)

    copied = replace(value, **changes)

    assert copied == dataclasses.replace(value, **changes)
    assert type(copied) is kind
    assert copied is not value
    assert value == before


def test_a_copy_is_frozen_and_has_no_field_that_its_class_has_not() -> None:
    subscription = Story(FIRST).start().subscription
    wrong: dict[str, Any] = {"colour": "red"}

    with pytest.raises(TypeError, match="Subscription has no field colour"):
        replace(subscription, **wrong)
    with pytest.raises(dataclasses.FrozenInstanceError):
        replace(subscription, version=7).version = 8  # type: ignore[misc] # that is the point


def test_no_value_of_the_domain_needs_more_than_its_slots_to_be_copied() -> None:
    kinds = {
        kind
        for module in walk_packages(ciclo.domain.__path__, "ciclo.domain.")
        for _, kind in getmembers(import_module(module.name), isclass)
        if is_dataclass(kind) and kind.__module__.startswith("ciclo.domain")
    }

    assert len(kinds) > 100
    assert [kind for kind in kinds if "__slots__" not in vars(kind) or hasattr(kind, "__post_init__")] == []


def test_the_domain_copies_by_nothing_else() -> None:
    lines = (
        line
        for source in Path(ciclo.domain.__file__).parent.rglob("*.py")
        for line in source.read_text(encoding="utf-8").splitlines()
    )

    assert [line for line in lines if line.startswith("from dataclasses") and "replace" in line] == []
