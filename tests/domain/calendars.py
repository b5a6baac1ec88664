"""Stories of subscriptions whose invoices are issued and due by the calendar of collection."""

from dataclasses import replace
from datetime import date, timedelta

from ciclo.domain.bank_days import BankingDays
from ciclo.domain.collection import Calendar, Collection
from ciclo.domain.events.facts import PaymentAuthorized, PaymentSucceeded
from ciclo.domain.events.orders import ChargeRequested
from ciclo.domain.payment import PaymentMethod
from ciclo.domain.period import start_of_day
from ciclo.domain.plan import Terms
from tests.builders import POLICY, Story, terms

CALENDAR = replace(POLICY, calendar=Calendar(), banking_days=BankingDays.BR)
PLAN = terms(7990, trial_days=0)


def day(text: str) -> date:
    """Return a date of 2027; its February 28 is a Sunday."""
    return date.fromisoformat(f"2027-{text}")


def begun(
    method: PaymentMethod | None,
    *,
    on: date,
    collection: Collection | None = None,
    trial_days: int = 0,
    of: Terms = PLAN,
) -> Story:
    """Return a subscription that has begun, and whose code of the first invoice was handed out."""
    story = Story(on, of=of, method=method, policy=CALENDAR, trial_days=trial_days)
    subscription = replace(story.account.subscription, collection=collection or Collection())
    story.account = story.account.with_subscription(subscription)
    return hand_out(story.start())


def running(
    method: PaymentMethod | None, *, on: date, until: date, collection: Collection | None = None
) -> Story:
    """Return one whose first invoice was paid on its first day."""
    story = begun(method, on=on, collection=collection)
    story.tell(PaymentSucceeded(amount=story.invoice.total, currency="BRL"), at=on)
    return tell_days(story, until=until)


def tell_days(story: Story, *, until: date) -> Story:
    """Let days pass; every code that is asked for is handed out at once."""
    on = start_of_day(until, POLICY.timezone)
    while (due := story.subscription.due_at) is not None and due <= on:
        told = len(story.decisions)
        story.until_instant(due)
        assert len(story.decisions) > told
        hand_out(story)
    return story


def hand_out(story: Story) -> Story:
    """Let the provider hand out the codes that were just asked for, good until the end of their last day."""
    for order in story.last.follow_ups:
        asked = order.payload
        if isinstance(asked, ChargeRequested) and asked.due_on is not None:
            code = PaymentAuthorized(
                payment_id=asked.payment_id,
                provider="sandbox",
                provider_reference=f"ch_{asked.payment_id}",
                expires_at=start_of_day(asked.due_on + timedelta(days=1), POLICY.timezone),
            )
            story.tell(code, at=order.occurred_at)
    return story
