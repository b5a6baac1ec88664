"""Disputes: what a payer's bank contests, joined so that the end outlives the beginning in any order.

Source: billing rule 20.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A contest of `amount` of a payment (None: all of it), and the provider's `fee`; minor units.

    `id` is the provider's, "" where it names none: then a payment has one.
    """

    id: str
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    won: bool | None = None
    """None while it is open, and of an end from before it was kept how it ended."""
    amount: int | None = None
    fee: int | None = None

    @property
    def is_open(self) -> bool:
        """Return whether its end was not reported yet."""
        return self.closed_at is None

    @property
    def is_lost(self) -> bool:
        """Return whether the bank gave the money to the payer."""
        return self.closed_at is not None and self.won is False


def join_disputes(known: Iterable[Dispute], report: Dispute) -> tuple[Dispute, ...]:
    """Return *known* with what *report* says of the dispute that has its id, by id."""
    disputes = {dispute.id: dispute for dispute in known}
    disputes[report.id] = _join(disputes.get(report.id, report), report)
    return tuple(disputes[id_] for id_ in sorted(disputes))


def _join(one: Dispute, other: Dispute) -> Dispute:
    """Return what two reports of one dispute say: the earliest beginning, and the latest end."""
    last = max(
        (one, other),
        key=lambda each: (
            each.closed_at is not None,
            each.closed_at and each.closed_at.timestamp(),
            not each.won,
        ),
    )
    return Dispute(
        id=one.id,
        opened_at=min((at for at in (one.opened_at, other.opened_at) if at is not None), default=None),
        closed_at=last.closed_at,
        won=last.won,
        amount=max((each for each in (one.amount, other.amount) if each is not None), default=None),
        fee=max((each for each in (one.fee, other.fee) if each is not None), default=None),
    )
