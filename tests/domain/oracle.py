"""An oracle of what days cost, in arithmetic of its own: fractions and a calendar, nothing of the engine's.

It is told what was asked for and what was paid, keeps the anchor and the terms of each day by the rule
book's words, and says what each day with service has to cost.
"""

from calendar import monthrange
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A plan as the oracle knows it; prices in minor units, for `months` months."""

    plan: str
    price: int
    months: int
    quantity: int
    trial_days: int = 0

    @property
    def a_period(self) -> int:
        return self.price * self.quantity

    def is_of_plan(self, other: "Offer") -> bool:
        """Return whether nothing but the quantity differs."""
        return replace(self, quantity=other.quantity) == other


def round_half_up(value: Fraction) -> int:
    """Round to the nearest whole number, halves away from zero."""
    doubled, sign = abs(value) * 2, -1 if value < 0 else 1
    return sign * int((doubled + 1) // 2)


def month_later(anchor: date, months: int) -> date:
    """Return the day *months* after *anchor*: its day of the month, or the last one of a shorter month."""
    year, month = anchor.year, anchor.month + months
    while month > 12:
        year, month = year + 1, month - 12
    while month < 1:
        year, month = year - 1, month + 12
    return date(year, month, min(anchor.day, monthrange(year, month)[1]))


def period_of(anchor: date, months: int, day: date) -> tuple[date, date]:
    """Return the period by *anchor* that *day* lies in, found by walking through all of them."""
    count = 0
    while month_later(anchor, count * months) > day:
        count -= 1
    while month_later(anchor, (count + 1) * months) <= day:
        count += 1
    return month_later(anchor, count * months), month_later(anchor, (count + 1) * months)


@dataclass(kw_only=True)
class Oracle:
    """What a subscription is to cost, told day by day."""

    offer: Offer
    start: date
    anchor: date
    ends: date
    """Of the current period."""
    in_trial: bool
    pending: Offer | None = None
    billed: tuple[Offer, date] | None = None
    """The offer and the anchor by which the current period is billed, where those are not its own."""
    twice: dict[date, Fraction] = field(default_factory=dict)
    """What remained of a period that was billed and not credited when another one began."""
    rates: dict[date, Fraction] = field(default_factory=dict)
    """What each day costs that has service."""
    free: set[date] = field(default_factory=set)
    """Days whose invoice was voided, and that were not billed anew since."""
    waived: tuple[Offer, date, date] | None = None
    """The terms and days of the next period, where what billed it ahead was voided."""

    @classmethod
    def begin(cls, offer: Offer, day: date) -> "Oracle":
        """Begin on *day*, with the offer's trial if it has one."""
        anchor = day + timedelta(days=offer.trial_days)
        in_trial = offer.trial_days > 0
        ends = anchor if in_trial else month_later(anchor, offer.months)
        return cls(offer=offer, start=day, anchor=anchor, ends=ends, in_trial=in_trial)

    def reach(self, day: date, *, served: bool, skipped: bool) -> None:
        """Let *day* begin. At a boundary a new period does: *served*, or *skipped* in suspension."""
        if day != self.ends or not (served or skipped):
            return
        if served:
            self._take_pending(day)
            self.in_trial = False
            self.billed = None
            if self.waived is not None and self.waived == self._next(day):
                self.let_be_free(day, self.waived[2])
            self.waived = None
        _, self.ends = period_of(self.anchor, self.offer.months, day)

    def first_paid(self, day: date) -> None:
        """Begin on *day*, on which the first payment came after its due date: a full period from then on."""
        self.anchor, self.ends = day, month_later(day, self.offer.months)

    def changed(self, offer: Offer, day: date, *, now: bool, proration: str, credits_: bool) -> None:
        """Take in a change that was accepted and, if it cost anything, paid: *now*, or at the period's end.

        A change of plan replaces what is scheduled; one of quantity alone keeps it.
        """
        of_quantity = offer.is_of_plan(self.offer)
        if offer == self.offer:
            self.pending = None
        elif not now or day >= self.ends:
            scheduled = (self.pending or offer) if of_quantity else offer
            self.pending = replace(scheduled, quantity=offer.quantity)
        else:
            self.pending = self.pending if of_quantity else None
            self._change(offer, day, proration, credits_=credits_)
        self._forget_waiver()

    def _change(self, offer: Offer, day: date, proration: str, *, credits_: bool) -> None:
        """Take *offer* from *day* on; in a trial its end is counted anew by another plan's days."""
        if not self.in_trial and proration == "NONE":
            self.billed = self._billed()
            self.anchor = self.anchor if offer.months == self.offer.months else self.ends
            self.offer = offer
            return
        if not self.in_trial and (proration == "FULL" or not credits_):
            self.keep_billed(day)
        if not self.in_trial:
            self._bill_anew(day)
        if not self.in_trial and proration == "FULL":
            self.anchor = day
        self.billed = None
        other_plan = not offer.is_of_plan(self.offer)
        if self.in_trial and other_plan:
            self.anchor = self.ends = max(self.start + timedelta(days=offer.trial_days), day)
            self.in_trial = day < self.ends
        elif offer.months != self.offer.months or self._runs_on(day):
            self.anchor = day
        self.offer = offer
        if not self.in_trial:
            _, self.ends = period_of(self.anchor, offer.months, day)

    def resumed(self, day: date) -> None:
        """Let service begin again; a change whose day passed in the pause takes effect."""
        if day >= self.ends:
            self._take_pending(day)
        self.billed = None
        self._bill_anew(day)
        _, self.ends = period_of(self.anchor, self.offer.months, day)

    def cancelled(self) -> None:
        """Forget a change that was to come."""
        self.pending = self.waived = None

    def keep_billed(self, day: date) -> None:
        """Leave the rest of the period billed, from *day* on: nothing of it was credited."""
        for number in range((self.ends - day).days):
            left = day + timedelta(days=number)
            self.bill_twice(left, Fraction(0) if left in self.free else self._rate(left))

    def bill_twice(self, day: date, rate: Fraction) -> None:
        """Let what bills *day* stand beside what bills it anew."""
        self.twice[day] = self.twice.get(day, Fraction(0)) + rate

    def let_be_free(self, start: date, end: date) -> None:
        """Let the days [start, end) cost nothing, had or not: their invoice was voided."""
        days = {start + timedelta(days=number) for number in range((end - start).days)}
        self.free |= days
        self.rates |= dict.fromkeys(days & self.rates.keys(), Fraction(0))

    def waive_next(self) -> None:
        """Let the next period be free, as it is to be now: what billed it ahead was voided."""
        self.waived = self._next(self.ends)

    def close_day(self, day: date, *, has_service: bool) -> None:
        """Say what *day* costs, once all of it has happened."""
        if has_service:
            self.rates[day] = Fraction(0) if day in self.free else self._rate(day)

    def _runs_on(self, day: date) -> bool:
        """Return whether the period of another interval runs on after a change without lines."""
        return period_of(self.anchor, self.offer.months, day)[1] != self.ends

    def _bill_anew(self, day: date) -> None:
        self.free = {one for one in self.free if one < day}

    def _forget_waiver(self) -> None:
        if self.waived is not None and self.waived != self._next(self.ends):
            self.waived = None

    def _next(self, day: date) -> tuple[Offer, date, date]:
        """Return the terms and the days of the period that begins on *day*, by what is scheduled."""
        offer = self.pending or self.offer
        anchor = day if offer.months != self.offer.months else self.anchor
        return offer, day, period_of(anchor, offer.months, day)[1]

    def _billed(self) -> tuple[Offer, date]:
        return self.billed or (self.offer, self.anchor)

    def _rate(self, day: date) -> Fraction:
        offer, anchor = self._billed()
        first, last = period_of(anchor, offer.months, day)
        return Fraction(offer.a_period, (last - first).days)

    def _take_pending(self, day: date) -> None:
        if self.pending is None:
            return
        if self.pending.months != self.offer.months:
            self.anchor = day
        self.offer, self.pending = self.pending, None
