"""Rule 45: two customers are one, and all that one of them had is the other's."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ciclo.domain.batch import apply_in_turn, balance_key
from ciclo.domain.customer import Customer
from ciclo.domain.customers.merging import merge_customers
from ciclo.domain.customers.profile import METADATA_ENTRIES_MAX
from ciclo.domain.customers.search import search_keys
from ciclo.domain.entitlements.usage import (
    QUANTITY_USED_MAX,
    RESERVATIONS_MAX,
    Reservation,
    ReservationId,
    Usage,
    add_usage,
)
from ciclo.domain.errors.customers import CustomerAnonymized, CustomerMerged
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.events.merging import BalanceReceived, CustomerReassigned
from ciclo.domain.ids import CustomerId, GrantId
from ciclo.domain.lifecycle import Outcome, apply
from ciclo.domain.payments.grant import Balance, Grant
from tests.builders import CARD, CUSTOMER, PIX, POLICY, Story, event, noon

DAY = date(2026, 1, 10)
AT = datetime(2026, 1, 10, 12, tzinfo=UTC)
KEPT = CustomerId("cus_kept")
ANA = Customer(
    id=KEPT,
    email="ana@example.com",
    name="Ana",
    created_at=AT,
    credit={},
    provider_references={"stripe": "a"},
)
WORK = Customer(
    id=CUSTOMER,
    email="ana@work.example",
    name="Ana at work",
    phone="+5511912345678",
    external_id="U-2",
    metadata={"seats": "3"},
    created_at=AT,
    trial_used_at=AT,
    credit={"BRL": 1200},
    provider_references={"stripe": "b", "sandbox": "c"},
)


def test_who_is_kept_takes_over_what_they_lack() -> None:
    both = merge_customers(replace(ANA, metadata={"seats": "9"}), WORK)

    assert both.kept == replace(
        ANA,
        phone=WORK.phone,
        external_id="U-2",
        metadata={"seats": "9"},
        trial_used_at=AT,
        provider_references={"stripe": "a", "sandbox": "c"},
        version=1,
    )
    assert both.dropped == replace(WORK, merged_into=KEPT, external_id=None, version=1)
    assert search_keys(both.dropped) == []


def test_what_they_have_stays_theirs() -> None:
    full = {f"k{number}": "" for number in range(METADATA_ENTRIES_MAX)}
    earlier = AT - timedelta(days=9)

    both = merge_customers(replace(ANA, external_id="U-1", metadata=full, trial_used_at=earlier), WORK)

    assert (both.kept.external_id, both.dropped.external_id) == ("U-1", "U-2")
    assert (both.kept.metadata, both.kept.trial_used_at) == (full, earlier)
    assert merge_customers(ANA, replace(WORK, trial_used_at=None)).kept.trial_used_at is None


def test_only_two_who_are_there_can_be_one() -> None:
    with pytest.raises(InvalidValue):
        merge_customers(ANA, ANA)
    with pytest.raises(CustomerMerged):
        merge_customers(ANA, replace(WORK, merged_into=KEPT))
    with pytest.raises(CustomerAnonymized):
        merge_customers(replace(ANA, anonymized_at=AT), WORK)


def test_a_subscription_goes_over_with_all_that_was_billed_and_its_card() -> None:
    story = Story(DAY, method=CARD).start().pay(at=DAY).until(date(2026, 2, 10))
    before = replace(story.account, credit=700)
    reassigned = event(CustomerReassigned(to=KEPT, payer_reference="b"), at=noon(date(2026, 2, 11)))

    decision = apply(before, reassigned, POLICY)

    after = decision.account
    assert decision.outcome is Outcome.CUSTOMER_REASSIGNED
    assert (after.credit, after.subscription.customer_id, decision.movement) == (0, KEPT, None)
    assert {one.customer_id for one in after.invoices.values()} == {KEPT}
    assert {one.customer_id for one in after.payments.values()} == {KEPT}
    card = replace(CARD, payer_reference="b")
    assert [one.method for one in after.payments.values()] == [card, card]
    # Whom the provider knows by it stays so, however often they are merged.
    again = apply(after, event(CustomerReassigned(to=CUSTOMER), at=noon(date(2026, 2, 12))), POLICY)
    assert again.account.subscription.method == card


@pytest.mark.parametrize("method", [None, PIX])
def test_what_is_no_card_has_nobody_behind_it(method: object) -> None:
    account = Story(DAY, method=method).start().account  # type: ignore[arg-type]

    after = apply(
        account, event(CustomerReassigned(to=KEPT, payer_reference="b"), at=noon(DAY)), POLICY
    ).account

    assert after.subscription.method == method


def test_a_balance_goes_over_with_its_grants_and_adds_up() -> None:
    def a_grant(name: str, left: int, days: int) -> Grant:
        at = AT - timedelta(days=days)
        return Grant(id=GrantId(name), amount=left, left=left, reason="sorry", granted_at=at)

    account, old, new = Story(DAY).start().account, a_grant("old", 300, 9), a_grant("new", 500, 1)
    theirs = balance_key(account.subscription)
    balances = {
        theirs: Balance(amount=1200, grants=(new,)),
        (KEPT, "BRL"): Balance(amount=400, grants=(old,)),
    }
    at = noon(DAY)
    events = [
        event(CustomerReassigned(to=KEPT), at=at),
        event(BalanceReceived(amount=1200, grants=(new,)), at=at),
    ]

    entries, failures = apply_in_turn({account.subscription.id: account}, balances, events, POLICY)

    assert failures == []
    assert [entry.credit_change for entry in entries] == [-1200, 1200]
    assert [entry.credit_before for entry in entries] == [1200, 400]
    assert entries[-1].decision.account.balance == Balance(amount=1600, grants=(old, new))
    assert entries[-1].decision.outcome is Outcome.BALANCE_RECEIVED


def test_usage_adds_up_within_its_bounds() -> None:
    def reserved(name: str, count: int) -> tuple[Reservation, ...]:
        return tuple(
            Reservation(id=ReservationId(f"{name}{number}"), quantity=1, expires_at=AT)
            for number in range(count)
        )

    one, other = Usage(used=3, reservations=reserved("a", 1), version=4), Usage(used=2, version=9)
    assert add_usage(one, other) == Usage(used=5, reservations=reserved("a", 1), version=5)
    full = Usage(used=QUANTITY_USED_MAX, reservations=reserved("b", RESERVATIONS_MAX), version=1)
    both = add_usage(full, one)
    assert (both.used, len(both.reservations)) == (QUANTITY_USED_MAX, RESERVATIONS_MAX)
