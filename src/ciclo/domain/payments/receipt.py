"""Receipts: reports of money that came for a payment, joined so that their order does not matter.

Source: billing rule 20.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ciclo.copies import replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One report that `amount` (minor units) came at `at`, under the provider's `reference` if it has one."""

    amount: int
    at: datetime
    reference: str | None = None


def join_receipts(known: Iterable[Receipt], report: Receipt, *, whole: int) -> tuple[Receipt, ...]:
    """Return *known* with *report* of a payment of *whole*, the earliest first.

    What has the same reference is the same money, and so is the whole amount told without one. Another
    amount without a reference is money of its own each time that it is told of another instant.
    """
    joined: dict[tuple[object, ...], Receipt] = {}
    for receipt in (*known, report):
        key = _key(receipt, whole=whole)
        same = joined.get(key, receipt)
        joined[key] = replace(receipt, amount=max(same.amount, receipt.amount), at=min(same.at, receipt.at))
    return _by_age(joined.values())


def receipts_of_money(receipts: Iterable[Receipt], *, whole: int) -> tuple[Receipt, ...]:
    """Return *receipts* with each money once: the whole that is told by its reference is not told again."""
    by_age = _by_age(receipts)
    unnamed = next((one for one in by_age if one.reference is None and one.amount == whole), None)
    named = next((one for one in by_age if one.reference is not None and one.amount == whole), None)
    if unnamed is None or named is None:
        return by_age
    once = replace(named, at=min(named.at, unnamed.at))
    return _by_age([once, *(one for one in by_age if one not in {named, unnamed})])


def _key(receipt: Receipt, *, whole: int) -> tuple[object, ...]:
    if receipt.reference is not None:
        return ("reference", receipt.reference)
    return ("whole",) if receipt.amount == whole else (receipt.at, receipt.amount)


def _by_age(receipts: Iterable[Receipt]) -> tuple[Receipt, ...]:
    return tuple(sorted(receipts, key=lambda one: (one.at, one.amount, one.reference or "")))
