"""Another billing day: the present period runs to its end, and a stub from there to the first new boundary.

No day is billed twice, for the stub begins where the period that is paid ends; and none is free, for it is
prorated. Source: billing rule 33.
"""

from ciclo.copies import replace
from ciclo.domain.account import Account
from ciclo.domain.errors.payments import PaymentInProgress
from ciclo.domain.errors.subscriptions import (
    AlreadyCancelled,
    CancellationScheduled,
    SameBillingDay,
    SubscriptionNotActive,
)
from ciclo.domain.events.commands import BillingDayChanged
from ciclo.domain.lifecycle.changes.awaited_change import drop_awaited_change
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.lifecycle.invoices import is_being_tried
from ciclo.domain.lifecycle.stub import begin_period, require_billing_day, with_anchor
from ciclo.domain.payment import MethodKind
from ciclo.domain.period import ChosenAnchor, FirstPeriod
from ciclo.domain.subscription import Status, Subscription


def on_billing_day_changed(decision: Decision, change: BillingDayChanged, ctx: EventContext) -> Decision:
    """Begin periods on another day of the month: from the trial's end on, else from this period's end on.

    The day of today takes a change back that waits. A change of plan that awaits its payment is dropped.

    Raises:
        InvalidValue: no month has the day.
        AlreadyCancelled, SubscriptionNotActive, CancellationScheduled: there is no period to come.
        SameBillingDay: it is so already, or is about to be.
        PaymentInProgress: a card is being charged for a change of plan.
    """
    require_billing_day(change.day)
    _require_running(decision.account)
    moved = _moved(decision.account.subscription, change.day)
    if moved == decision.account.subscription:
        raise SameBillingDay
    dropped = drop_awaited_change(decision, at=ctx.at)
    moved = _moved(dropped.account.subscription, change.day)
    return dropped.with_subscription(moved).with_outcome(Outcome.BILLING_DAY_CHANGED)


def _moved(sub: Subscription, day: int) -> Subscription:
    if sub.status is Status.TRIALING:
        first_period = sub.chosen_anchor.first_period if sub.chosen_anchor else FirstPeriod.PRORATED
        chosen = ChosenAnchor(day=day, first_period=first_period)
        return with_anchor(replace(sub, chosen_anchor=chosen), start=sub.period.end)
    stays, moves = (
        begin_period(replace(sub, pending_billing_day=pending), on=sub.period.end) for pending in (None, day)
    )
    is_same = (stays.period, stays.anchor.day) == (moves.period, moves.anchor.day)
    return replace(sub, pending_billing_day=None if is_same else day)


def _require_running(account: Account) -> None:
    sub = account.subscription
    if not sub.is_live:
        raise AlreadyCancelled(sub.id)
    if sub.status not in {Status.TRIALING, Status.ACTIVE}:
        raise SubscriptionNotActive(sub.status)
    if sub.cancel_at_period_end:
        raise CancellationScheduled
    awaited = sub.awaited_change
    if awaited is not None and is_being_tried(
        account, account.invoices[awaited.invoice_id], MethodKind.CREDIT_CARD
    ):
        raise PaymentInProgress
