"""Random lives of a subscription: whatever people, providers and the clock do, the rules hold.

Checked after every event: the invariants; that the account which the store loads for an event gives
the same decision as the whole one; that notices and the clock raise nothing and commands nothing but
refusals; that every turn of the clock does something new. At the end: that a replay gives the same account.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from ciclo.domain.coupons.discount import Discount
from ciclo.domain.events.booking import InvoicePaidOutside, MoneyAssigned
from ciclo.domain.events.commands import (
    BillingDayChanged,
    CancellationRefund,
    CancellationRequested,
    CancellationRevoked,
    ChangeTiming,
    CreditGranted,
    CreditNoteCreated,
    InvoicePaymentRequested,
    InvoiceVoided,
    InvoiceWrittenOff,
    PaymentMethodUpdated,
    PlanChanged,
    Proration,
    RefundCreated,
    SubscriptionPaused,
    SubscriptionResumed,
    TrialEndRequested,
    TrialExtended,
    WithdrawalRequested,
)
from ciclo.domain.events.facts import (
    ChargeDropped,
    DisputeClosed,
    PaymentAuthorized,
    PaymentDisputed,
    PaymentFailed,
    PaymentRefunded,
    PaymentSucceeded,
    RefundFailed,
    SubscriptionRegistered,
)
from ciclo.domain.events.selling import DiscountApplied, DiscountRemoved, InvoiceCreated, InvoiceItemAdded
from ciclo.domain.ids import CreditNoteId, EventId, GrantId, InvoiceId, ItemId, PaymentId, RefundId
from ciclo.domain.invoice import CreditDestination
from ciclo.domain.lines.item import InvoiceItem
from ciclo.domain.payment import PaymentMethod
from ciclo.domain.payments.refund_limits import RefundLimits
from ciclo.domain.period import BillingCycle, ChosenAnchor, FirstPeriod, local_date
from ciclo.domain.plan import Terms
from ciclo.domain.policy import Policy
from ciclo.domain.subscription import Status
from tests.builders import BOLETO, CARD, OTHER_CARD, PIX, POLICY, Story, terms
from tests.domain.calendars import CALENDAR
from tests.domain.chronicle import Answer, Chronicle
from tests.domain.coupons import some_discounts

OFFERS = st.builds(
    terms,
    st.sampled_from([2990, 24995, 35880, 999, 1, 0]),
    plan=st.sampled_from(["basic", "plus", "studio"]),
    cycle=st.sampled_from(BillingCycle),
    quantity=st.integers(1, 3),
    trial_days=st.sampled_from([0, 7, 14]),
)
ANCHORS = st.builds(ChosenAnchor, day=st.integers(1, 31), first_period=st.sampled_from(FirstPeriod))
METHODS = st.sampled_from([CARD, OTHER_CARD, PIX, BOLETO])
POLICIES = st.sampled_from(
    [
        POLICY,
        CALENDAR,
        replace(CALENDAR, tax_basis_points=1234),
        replace(POLICY, retry_days=(1, 3), grace_days=2),
    ]
)
DISCOUNTS = some_discounts(st.sampled_from(["A", "B", "C", "D"]))
PRORATIONS = st.just(Proration.NOW) | st.sampled_from(Proration)
DAYS_AGO = st.sampled_from([0, 0, 0, 1, 3, 40])
PLACES = st.integers(0, 1_000)
ANSWERS = [Answer.PAID, Answer.PAID, Answer.DECLINED, Answer.DECLINED, Answer.LOST, Answer.NONE]
NO_INVOICE = InvoiceId("inv_nothing")
NO_PAYMENT = PaymentId("pay_nothing")

Value = TypeVar("Value")


class Life(RuleBasedStateMachine):
    """One subscription through anything that can happen to it."""

    @initialize(
        on=st.dates(date(2027, 11, 25), date(2028, 3, 5)),
        of=OFFERS,
        trial_days=st.sampled_from([0, 0, 7, 14]),
        method=METHODS | st.none(),
        policy=POLICIES,
        credit=st.sampled_from([0, 0, 500, 100_000]),
        taken_up=st.sampled_from([True, True, True, False]),
        anchor=st.none() | ANCHORS,
        discounts=st.just(()) | st.just(()) | st.tuples(DISCOUNTS),
    )
    def create(
        self,
        *,
        on: date,
        of: Terms,
        trial_days: int,
        method: PaymentMethod | None,
        policy: Policy,
        credit: int,
        taken_up: bool,
        anchor: ChosenAnchor | None,
        discounts: tuple[Discount, ...],
    ) -> None:
        story = Story(
            on,
            of=of,
            trial_days=trial_days,
            method=method,
            policy=policy,
            credit=credit,
            anchor=anchor,
            discounts=discounts,
        )
        self.life = Chronicle(story)
        if taken_up:
            self.take_up()

    # The clock and the worker

    @rule(days=st.sampled_from([1, 7, 15, 35]), answer=st.sampled_from(ANSWERS))
    def live_on(self, days: int, answer: Answer) -> None:
        """Let some days pass as they usually do: what is due is done, and the provider answers."""
        self.life.run_clock(until=self.life.now + timedelta(days=days), answer=answer)

    @rule(answer=st.sampled_from(ANSWERS))
    def hear_from_the_provider(self, answer: Answer) -> None:
        self.life.answered(answer)

    @rule(days=st.sampled_from([0, 2, 75]))
    def let_the_clock_catch_up(self, days: int) -> None:
        self.life.now += timedelta(days=days)
        self.life.run_clock(until=self.life.now, answer=Answer.NONE)

    @rule(days=st.sampled_from([1, 10, 45]))
    def let_time_pass_unnoticed(self, days: int) -> None:
        self.life.now += timedelta(days=days)

    @rule()
    def take_up(self) -> None:
        self.life.happens(self.life.story.created)

    @rule()
    def register(self) -> None:
        self.life.reported(SubscriptionRegistered(reference="cus_42"))

    # What people ask for

    @rule(
        of=OFFERS,
        timing=st.none() | st.sampled_from(ChangeTiming),
        proration=PRORATIONS,
        may_credit=st.booleans(),
    )
    def change_plan(
        self, *, of: Terms, timing: ChangeTiming | None, proration: Proration, may_credit: bool
    ) -> None:
        self.life.asked(PlanChanged(terms=of, timing=timing, proration=proration, may_credit=may_credit))

    @precondition(lambda self: self.life.account.subscription.status is Status.ACTIVE)
    @rule(
        price=st.sampled_from([999, 2990, 24_995]),
        quantity=st.integers(1, 3),
        proration=st.sampled_from(Proration),
    )
    def change_at_once(self, *, price: int, quantity: int, proration: Proration) -> None:
        """Change within the interval, which is what lines wait of."""
        cycle = self.life.account.subscription.terms.billing_cycle
        to = terms(price, plan=f"for {price}", cycle=cycle, quantity=quantity)
        self.life.asked(PlanChanged(terms=to, timing=ChangeTiming.IMMEDIATE, proration=proration))

    @precondition(lambda self: not self.life.tells_days)
    @rule(discount=DISCOUNTS)
    def give_discount(self, discount: Discount) -> None:
        self.life.asked(DiscountApplied(discount=discount))

    @precondition(lambda self: self.life.account.subscription.discounts)
    @rule(discount=DISCOUNTS)
    def take_discount_away(self, discount: Discount) -> None:
        self.life.asked(DiscountRemoved(discount_id=discount.id))

    @rule(day=st.integers(0, 31))
    def change_billing_day(self, day: int) -> None:
        self.life.asked(BillingDayChanged(day=day))

    @rule(days=st.sampled_from([-1, 3, 20]))
    def extend_trial(self, days: int) -> None:
        self.life.asked(TrialExtended(until=self.life.now.date() + timedelta(days=days)))

    @rule()
    def end_trial(self) -> None:
        self.life.asked(TrialEndRequested())

    @rule(method=METHODS)
    def change_method(self, method: PaymentMethod) -> None:
        self.life.asked(PaymentMethodUpdated(method=method))

    @rule(refund=st.sampled_from([None, None, *CancellationRefund]), place=PLACES)
    def cancel(self, refund: CancellationRefund | None, place: int) -> None:
        some = tuple(self.life.account.payments)[: place % 3]
        limits = RefundLimits(not_in_part=some) if place % 2 else RefundLimits(not_at_all=some)
        self.life.asked(
            CancellationRequested(
                immediately=refund is not None,
                refund=refund or CancellationRefund.NONE,
                limits=limits,
                reason="moving",
            )
        )

    @rule(keeps_served=st.booleans())
    def withdraw(self, *, keeps_served: bool) -> None:
        self.life.asked(WithdrawalRequested(keeps_served=keeps_served))

    @rule()
    def uncancel(self) -> None:
        self.life.asked(CancellationRevoked())

    @rule(
        at_period_end=st.booleans(),
        days=st.none() | st.sampled_from([0, 3, 40, 100]),
        serves_today=st.booleans(),
    )
    def pause(self, *, at_period_end: bool, days: int | None, serves_today: bool) -> None:
        resume_on = None if days is None else self.life.now.date() + timedelta(days=days)
        pause = SubscriptionPaused(
            at_period_end=at_period_end, resume_on=resume_on, serves_today=serves_today
        )
        self.life.asked(pause)

    @rule()
    def resume(self) -> None:
        self.life.asked(SubscriptionResumed())

    @rule(place=PLACES, attempt=st.integers(1, 3))
    def drop_charge(self, place: int, attempt: int) -> None:
        payment_id = _one(list(self.life.account.payments) or [NO_PAYMENT], place)
        self.life.reported(ChargeDropped(payment_id=payment_id, attempt=attempt))

    @rule(place=PLACES, method=st.none() | METHODS)
    def pay_invoice(self, place: int, method: PaymentMethod | None) -> None:
        self.life.asked(InvoicePaymentRequested(invoice_id=self._invoice(place), method=method))

    @rule(place=PLACES)
    def void_invoice(self, place: int) -> None:
        self.life.asked(InvoiceVoided(invoice_id=self._invoice(place)))

    @rule(place=PLACES)
    def write_invoice_off(self, place: int) -> None:
        self.life.asked(InvoiceWrittenOff(invoice_id=self._invoice(place)))

    @rule(place=PLACES, amount=st.none() | st.integers(0, 3_000), days_ago=DAYS_AGO)
    def pay_outside(self, place: int, amount: int | None, days_ago: int) -> None:
        paid_at = self.life.now - timedelta(days=days_ago)
        self.life.asked(
            InvoicePaidOutside(
                invoice_id=self._invoice(place),
                payment_id=PaymentId(f"pay_outside_{self.life.count}"),
                paid_on=local_date(paid_at, POLICY.timezone),
                how="cash",
                amount=amount,
            )
        )

    @rule(place=PLACES, amount=st.none() | st.integers(-1, 3_000), waits=st.booleans())
    def refund(self, place: int, amount: int | None, *, waits: bool) -> None:
        payment_id = _one(list(self.life.account.payments) or [NO_PAYMENT], place)
        refund_id = RefundId(f"ref_{self.life.count}")
        self.life.asked(
            RefundCreated(
                refund_id=refund_id, payment_id=payment_id, amount=amount, waits_for_reference=waits
            )
        )

    @rule(place=PLACES, amount=st.integers(0, 3_000), days_ago=DAYS_AGO, to_balance=st.booleans())
    def assign_money(self, *, place: int, amount: int, days_ago: int, to_balance: bool) -> None:
        self.life.asked(
            MoneyAssigned(
                review_id=EventId(f"evt_{self.life.count}"),
                invoice_id=self._invoice(place),
                amount=amount,
                currency="BRL",
                came_at=self.life.now - timedelta(days=days_ago),
                to_balance=to_balance,
            )
        )

    @rule(price=st.sampled_from([1500, 2990, 1]), is_penalty=st.booleans(), at_once=st.booleans())
    def bill_beside_the_plan(self, *, price: int, is_penalty: bool, at_once: bool) -> None:
        item = self._item(price, is_penalty=is_penalty)
        invoice_id = InvoiceId(f"inv_{self.life.count}")
        invoice = InvoiceCreated(invoice_id=invoice_id, items=(item,))
        self.life.asked(invoice if at_once else InvoiceItemAdded(item=item))

    @rule(immediately=st.booleans(), price=st.sampled_from([1, 9_900]))
    def leave_for_a_fee(self, *, immediately: bool, price: int) -> None:
        fee = self._item(price, is_penalty=True)
        self.life.asked(CancellationRequested(immediately=immediately, penalty=fee))

    def _item(self, price: int, *, is_penalty: bool) -> InvoiceItem:
        id_ = ItemId(f"itm_{self.life.count}")
        return InvoiceItem(id=id_, description="Extra", unit_price=price, is_penalty=is_penalty)

    @rule(place=PLACES, amount=st.none() | st.integers(0, 3_000), to=st.sampled_from(CreditDestination))
    def correct_invoice(self, *, place: int, amount: int | None, to: CreditDestination) -> None:
        self.life.asked(
            CreditNoteCreated(
                note_id=CreditNoteId(f"crn_{self.life.count}"),
                invoice_id=self._invoice(place),
                reason="service level",
                amount=amount,
                to=to,
                payments=tuple(self.life.account.payments),
            )
        )

    @rule(amount=st.integers(0, 3_000), days=st.none() | st.integers(-1, 60))
    def grant_credit(self, *, amount: int, days: int | None) -> None:
        self.life.asked(
            CreditGranted(
                grant_id=GrantId(f"grt_{self.life.count}"),
                amount=amount,
                reason="sorry",
                expires_on=None if days is None else self.life.now.date() + timedelta(days=days),
            )
        )

    def _invoice(self, place: int) -> InvoiceId:
        return _one([*self.life.account.invoices, NO_INVOICE], place)

    # What providers report

    @precondition(lambda self: self.life.account.payments)
    @rule(place=PLACES, days_ago=DAYS_AGO)
    def succeed(self, place: int, days_ago: int) -> None:
        payment = _one(list(self.life.account.payments.values()), place)
        self.life.reported(
            PaymentSucceeded(amount=payment.amount, currency="BRL", payment_id=payment.id),
            days_ago=days_ago,
        )

    @precondition(lambda self: self.life.account.payments)
    @rule(
        place=PLACES,
        days_ago=DAYS_AGO,
        attempt=st.none() | st.integers(1, 5),
        code=st.sampled_from(["insufficient_funds", "lost_card", "expired", None]),
    )
    def fail(self, *, place: int, days_ago: int, attempt: int | None, code: str | None) -> None:
        payment = _one(list(self.life.account.payments.values()), place)
        failure = PaymentFailed(
            amount=payment.amount,
            currency="BRL",
            payment_id=payment.id,
            attempt=attempt,
            failure_code=code,
            hard=code is None,
        )
        self.life.reported(failure, days_ago=days_ago)

    @precondition(lambda self: self.life.account.payments)
    @rule(place=PLACES, days_ago=DAYS_AGO, amount=st.none() | st.integers(1, 3_000), known=st.booleans())
    def send_money_back(
        self,
        *,
        place: int,
        days_ago: int,
        amount: int | None,
        known: bool,
    ) -> None:
        payment = _one(list(self.life.account.payments.values()), place)
        refund = payment.refunds[0] if payment.refunds and known else None
        returned = PaymentRefunded(
            amount=refund.amount if refund else amount or payment.amount,
            currency="BRL",
            payment_id=payment.id,
            refund_id=refund.id if refund else None,
        )
        self.life.reported(returned, days_ago=days_ago)

    @precondition(lambda self: any(one.refunds for one in self.life.account.payments.values()))
    @rule(place=PLACES)
    def fail_to_send_money_back(self, place: int) -> None:
        payment = _one([one for one in self.life.account.payments.values() if one.refunds], place)
        self.life.reported(RefundFailed(payment_id=payment.id, refund_id=payment.refunds[-1].id))

    @precondition(lambda self: self.life.account.payments)
    @rule(place=PLACES, hours=st.sampled_from([None, -5, 0, 24, 100]))
    def authorize(self, place: int, hours: int | None) -> None:
        authorized = PaymentAuthorized(
            payment_id=_one(list(self.life.account.payments), place),
            provider="sandbox",
            provider_reference=f"ch_{place}",
            expires_at=None if hours is None else self.life.now + timedelta(hours=hours),
        )
        self.life.reported(authorized)

    @rule(place=PLACES, won=st.none() | st.booleans())
    def dispute(self, *, place: int, won: bool | None) -> None:
        payment_id = _one([*self.life.account.payments, NO_PAYMENT], place)
        if won is None:
            self.life.reported(PaymentDisputed(payment_id=payment_id, amount=1, currency="BRL"))
        else:
            self.life.reported(DisputeClosed(payment_id=payment_id, won=won))

    @rule(
        kind=st.sampled_from([PaymentSucceeded, PaymentFailed, PaymentRefunded]),
        place=PLACES,
        days_ago=DAYS_AGO,
        currency=st.sampled_from(["BRL", "BRL", "BRL", "USD"]),
        payment_id=st.sampled_from([None, None, None, NO_PAYMENT]),
    )
    def report_by_amount(
        self,
        *,
        kind: type[PaymentSucceeded] | type[PaymentFailed] | type[PaymentRefunded],
        place: int,
        days_ago: int,
        currency: str,
        payment_id: PaymentId | None,
    ) -> None:
        totals = [one.total for one in self.life.account.invoices.values()]
        prices = [self.life.account.subscription.terms.price, 4_242]
        amount = _one([one for one in (*totals, *prices) if one], place)
        self.life.reported(kind(amount=amount, currency=currency, payment_id=payment_id), days_ago=days_ago)

    @precondition(lambda self: self.life.applied)
    @rule(place=PLACES)
    def report_again(self, place: int) -> None:
        """Let a notice or a turn of the clock come twice, as if the store had not stopped it."""
        again = _one(self.life.applied, place)
        if "command" not in again.dedupe_key:
            self.life.happens(again)

    def teardown(self) -> None:
        if hasattr(self, "life"):
            assert self.life.replayed() == self.life.account
            assert self.life.differences() == []


def _one(values: Sequence[Value], place: int) -> Value:
    return values[place % len(values)]


TestLife = Life.TestCase
TestLife.settings = settings(stateful_step_count=40, report_multiple_bugs=False)
