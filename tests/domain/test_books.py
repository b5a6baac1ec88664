"""Many events in turn, over accounts that share a customer's balance."""

from dataclasses import replace
from datetime import date

from ciclo.domain.batch import AppliedEvent, FailedEvent, Refusal, apply_in_turn
from ciclo.domain.errors.subscriptions import NotPaused
from ciclo.domain.events.commands import (
    CancellationRefund,
    CancellationRequested,
    SubscriptionPaused,
    SubscriptionResumed,
)
from ciclo.domain.events.facts import PaymentSucceeded
from ciclo.domain.ids import SubscriptionId
from ciclo.domain.lifecycle import Outcome, apply
from ciclo.domain.payments.grant import Balance
from ciclo.domain.subscription import Status
from tests.builders import CUSTOMER, POLICY, SUBSCRIPTION, Story, event

JAN_1, JAN_16, JAN_17 = date(2026, 1, 1), date(2026, 1, 16), date(2026, 1, 17)
OTHER = SubscriptionId("sub_01h455vb4pex5vsknk084sn02q")
BALANCE = (CUSTOMER, "BRL")


def test_each_event_finds_the_account_as_the_earlier_ones_left_it() -> None:
    story = Story(JAN_1)
    paid = event(PaymentSucceeded(amount=2990, currency="BRL"), at=JAN_1)

    entries, failures = apply_in_turn(
        {SUBSCRIPTION: story.account}, {BALANCE: Balance()}, [story.created, paid, paid], POLICY
    )

    first = apply(story.account, story.created, POLICY)
    second = apply(first.account, paid, POLICY)
    assert entries[:2] == [
        AppliedEvent(event=story.created, before=story.account, decision=first, credit_before=0),
        AppliedEvent(event=paid, before=first.account, decision=second, credit_before=0),
    ]
    assert [entry.decision.account.subscription.version for entry in entries] == [1, 2, 3]
    assert second.account.subscription.status is Status.ACTIVE
    assert failures == []


def test_what_one_subscription_leaves_on_the_balance_another_one_uses() -> None:
    paused = Story(JAN_1).start().pay(at=JAN_1)
    other = Story(JAN_16)
    other_account = replace(other.account, subscription=replace(other.account.subscription, id=OTHER))
    events = [
        event(SubscriptionPaused(), at=JAN_16),
        replace(other.created, subscription_id=OTHER),
    ]

    entries, _ = apply_in_turn({SUBSCRIPTION: paused.account, OTHER: other_account}, {}, events, POLICY)

    # 2990 x 16/31 = 1543 is given back, and pays a part of the other one's 2990
    assert [(entry.credit_before, entry.credit_change) for entry in entries] == [(0, 1543), (1543, -1543)]
    (invoice,) = entries[1].decision.account.invoices.values()
    assert (invoice.credit_applied, invoice.total) == (1543, 1447)


def test_an_event_that_is_refused_or_at_fault_is_left_out_and_the_others_go_on() -> None:
    story = Story(JAN_1).start().pay(at=JAN_1)
    refused = event(SubscriptionResumed(), at=JAN_16)
    unknown = replace(refused, subscription_id=OTHER)
    cancelled = event(CancellationRequested(immediately=True, refund=CancellationRefund.CREDIT), at=JAN_17)

    entries, failures = apply_in_turn(
        {SUBSCRIPTION: story.account}, {BALANCE: Balance(amount=5)}, [refused, unknown, cancelled], POLICY
    )

    assert [(type(one), one.event, type(one.error)) for one in failures] == [
        (Refusal, refused, NotPaused),
        (FailedEvent, unknown, KeyError),
    ]
    # 2990 x 15/31 = 1446.77
    assert [(entry.decision.outcome, entry.credit_change) for entry in entries] == [(Outcome.CANCELLED, 1447)]
