"""Moving the end of a trial, as an operator asks for it.

Source: billing rule 10.
"""

from datetime import date, timedelta
from typing import Final

from ciclo.copies import replace
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.errors.payments import NoPaymentMethod
from ciclo.domain.errors.subscriptions import NotInTrial, TrialEndTooEarly
from ciclo.domain.events.commands import TrialEndRequested, TrialExtended
from ciclo.domain.events.facts import TrialEnded
from ciclo.domain.lifecycle.changes.awaited_change import can_be_charged
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.lifecycle.renewal import on_trial_ended, review_renewal
from ciclo.domain.lifecycle.stub import with_anchor
from ciclo.domain.period import Period
from ciclo.domain.subscription import Status, Subscription

EXTENSION_DAYS_MAX: Final = 730
"""How far from today a trial may be made to last."""


def on_trial_extended(decision: Decision, extension: TrialExtended, ctx: EventContext) -> Decision:
    """Let the trial last longer; its new end is the anchor. A change of plan does not shorten it.

    Raises:
        NotInTrial: it is not.
        TrialEndTooEarly: that is no later than it ends anyway.
        InvalidValue: that is too far away.
    """
    sub = _in_trial(decision.account.subscription)
    if extension.until <= max(sub.period.end, ctx.today):
        raise TrialEndTooEarly(sub.period.end)
    if extension.until > ctx.today + timedelta(days=EXTENSION_DAYS_MAX):
        raise InvalidValue(f"a trial lasts at most {EXTENSION_DAYS_MAX} days from today", field=("until",))
    longer = replace(with_trial_end(sub, extension.until), trial_extended_to=extension.until)
    return decision.with_subscription(longer).with_outcome(Outcome.TRIAL_EXTENDED)


def on_trial_end_requested(decision: Decision, _: TrialEndRequested, ctx: EventContext) -> Decision:
    """End the trial in this moment: its first period is billed, or it ends if that was asked for.

    Raises:
        NotInTrial: it is not.
        NoPaymentMethod: there would be nothing to charge.
    """
    sub = _in_trial(decision.account.subscription)
    return end_trial_now(decision.with_subscription(with_trial_end(sub, ctx.today)), ctx)


def end_trial_now(decision: Decision, ctx: EventContext) -> Decision:
    """Begin paid service today, on the day on which the trial has been made to end.

    What was paid ahead of its end pays for what is billed now.

    Raises:
        NoPaymentMethod: there would be nothing to charge.
    """
    decision = review_renewal(decision, ctx)
    sub = decision.account.subscription
    terms = sub.pending_change or sub.terms
    if terms.price and not sub.cancel_at_period_end and not can_be_charged(sub):
        raise NoPaymentMethod
    return on_trial_ended(decision, TrialEnded(on=sub.period.end), ctx)


def with_trial_end(sub: Subscription, end: date) -> Subscription:
    """Return *sub* with a trial that ends on *end*: that is its anchor, unless another was chosen."""
    trial = Period(sub.period.start, end)
    return with_anchor(replace(sub, trial=trial, period=trial), start=end)


def _in_trial(sub: Subscription) -> Subscription:
    if sub.status is not Status.TRIALING:
        raise NotInTrial
    return sub
