"""The audit: the ledger is replayed and compared with what is stored, to the cent.

What the present rules decided is decided again; what older ones did is checked by its digests.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sized
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

from ciclo.actions.audit.chain import chain_differences
from ciclo.actions.audit.entitlements import find_wrong_sets
from ciclo.actions.audit.orders import order_differences
from ciclo.actions.audit.revenue import (
    EarnedRevenue,
    Folded,
    find_wrong_months,
    revenue_differences,
    sum_months,
)
from ciclo.actions.dependencies import Deps
from ciclo.domain.account import Account
from ciclo.domain.plan import Plan
from ciclo.domain.policy import Policy
from ciclo.domain.replay import (
    Difference,
    RecordedEvent,
    StoredSubscription,
    beginning,
    contradictions,
    find_differences,
)
from ciclo.store.ledger.balances import RecordedBalance, scan_balances
from ciclo.store.ledger.histories import (
    RecordedPosting,
    SubscriptionHistory,
    UnreadableDocument,
    checkpoint_account,
    find_history,
    scan_histories,
)
from ciclo.store.ledger.numbering import NUMBERED, NumberSeries, read_number_series
from ciclo.store.ledger.orphans import OWNED, count_all, find_orphans
from ciclo.store.plan_versions import find_versions
from ciclo.store.plans import find_plans
from ciclo.store.policies import find_policies
from ciclo.store.reports.subscriptions import find_count_mismatches, mend_counts, subscription_report

LOOKS_MAX: Final = 3
"""How often a subscription that differs is read again: it may have changed while it was read."""


@dataclass(slots=True, kw_only=True)
class AuditCounts:
    """What was checked so far, and what of it was put right."""

    subscriptions: int = 0
    events: int = 0
    redecided: int = 0
    """Events that today's rules decided again."""
    sealed: int = 0
    """Events that other rules had decided, checked by their digests."""
    invoices: int = 0
    payments: int = 0
    customers: int = 0
    repaired: list[Difference] = field(default_factory=list)
    owned: Counter[str] = field(default_factory=Counter)
    """Documents by their collection."""


async def audit_ledger(
    deps: Deps, audited: AuditCounts, *, repair: bool = False, progress: Callable[[], None] = lambda: None
) -> AsyncIterator[Difference]:
    """Yield every difference between the ledger and its replay; *audited* counts what was checked.

    With *repair* the counters and sums that reports are read from are put right, and told in
    `audited.repaired` instead; nothing else is ever written. The ledger should be at rest: sums of
    what changes while it is read may look like a difference.

    Raises:
        Unreadable: a document is not of its form.
    """
    earned = EarnedRevenue()
    async for difference in _of_histories(deps, audited, earned, progress=progress):
        yield difference
    async for difference in _of_the_rest(deps, audited):
        yield difference
    folded = await sum_months(deps.store, earned)
    for difference in revenue_differences(earned, folded):
        yield difference
    for difference in await _of_reports(deps, folded, repair=repair):
        if repair:
            audited.repaired.append(difference)
        else:
            yield difference


async def _of_histories(
    deps: Deps, audited: AuditCounts, earned: EarnedRevenue, *, progress: Callable[[], None]
) -> AsyncIterator[Difference]:
    policies = await find_policies(deps.store)
    async for batch in scan_histories(deps.store):
        for first in batch:
            history, found = first, _of_history(first, policies, rules=deps.rules_version)
            for _ in range(1, LOOKS_MAX):
                if not found:
                    break
                again = await find_history(deps.store, first.subscription.id)
                settled = again.subscription.version == history.subscription.version
                history, found = again, _of_history(again, policies, rules=deps.rules_version)
                if settled:
                    break
            for difference in (*found, *order_differences(history, now=deps.wall())):
                yield difference
            _count(audited, history, rules=deps.rules_version)
            earned.add(history.subscription, history.movements.values())
        progress()


async def _of_the_rest(deps: Deps, audited: AuditCounts) -> AsyncIterator[Difference]:
    """Yield the differences in what is no single subscription's."""
    for collection in OWNED:
        for difference in await _orphan_differences(deps, collection, audited.owned[collection]):
            yield difference
    async for balance in scan_balances(deps.store):
        audited.customers += 1
        for difference in _of_balance(balance):
            yield difference
    for collection, name in NUMBERED.items():
        for difference in _of_series(await read_number_series(deps.store, collection, name)):
            yield difference
    for difference in await _of_plans(deps):
        yield difference


def _of_history(history: SubscriptionHistory, policies: dict[str, Policy], *, rules: int) -> list[Difference]:
    """Return every difference of one subscription; a document that was altered is named once."""
    if history.created is None:
        return [Difference(history.subscription.id, "has no event of its creation")]
    found = list(_of_decisions(history, policies, rules=rules))
    named = {difference.document for difference in found}
    return found + [
        chain_difference
        for chain_difference in chain_differences(history)
        if chain_difference.document not in named
    ]


def events_of_present_rules(history: SubscriptionHistory, *, rules: int) -> list[RecordedPosting]:
    """Return the events that are decided again: the last ones, as far back as *rules* decided them."""
    later = takewhile(lambda event: event.rules == rules, reversed(history.posted))
    return list(later)[::-1]


def _of_decisions(
    history: SubscriptionHistory, policies: dict[str, Policy], *, rules: int
) -> Iterator[Difference]:
    again = events_of_present_rules(history, rules=rules)
    if {event.policy_id for event in again} - policies.keys():
        yield Difference(history.subscription.id, "was decided by a policy that is not kept")
        return
    postings = [
        RecordedEvent(
            event=event.event,
            seq=event.seq,
            policy=policies[event.policy_id],
            credit_before=event.credit_before,
            grants_before=event.grants_before,
        )
        for event in again
    ]
    earlier = {event.id for event in history.posted} - {event.id for event in again}
    stored = StoredSubscription(
        subscription=history.subscription,
        invoices=history.invoices,
        payments=history.payments,
        credit_notes=history.credit_notes,
        movements={id_: movement for id_, movement in history.movements.items() if id_ not in earlier},
        credit_changes={
            id_: credit_entry for id_, credit_entry in history.credit_entries.items() if id_ not in earlier
        },
        orders={order.id for order in history.orders},
    )
    try:
        if again or not earlier:
            yield from find_differences(_start(history, again), postings, stored)
        yield from contradictions(stored)
    except NoCheckpoint as error:
        yield Difference(again[0].id, str(error))
    except UnreadableDocument:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, this history can't be what happened
        yield Difference(history.subscription.id, f"can't be replayed: {type(error).__name__}: {error}")


class NoCheckpoint(Exception):
    """Other rules decided what went before an event, and nobody knows the account as it was then."""

    def __init__(self) -> None:
        super().__init__("follows events that other rules decided, and has no checkpoint before it")


def _start(history: SubscriptionHistory, again: list[RecordedPosting]) -> Account:
    """Return the account that a replay of *again* begins with.

    Raises:
        NoCheckpoint: it is not kept.
    """
    if len(again) == len(history.posted) and history.created is not None:
        return beginning(history.created)
    checkpoint = history.checkpoints.get(again[0].id)
    if not checkpoint:
        raise NoCheckpoint
    return checkpoint_account(checkpoint)


def _of_balance(balance: RecordedBalance) -> Iterator[Difference]:
    customer_id = balance.customer_id
    for currency in balance.amounts.keys() | balance.entries.keys() | balance.granted.keys():
        amount, total = balance.amounts.get(currency, 0), balance.entries.get(currency, 0)
        granted = balance.granted.get(currency, 0)
        if granted > amount:
            yield Difference(customer_id, f"has {granted} of grants in {currency}, its balance is {amount}")
        if amount != total:
            yield Difference(customer_id, f"balance in {currency} is {amount}, its entries sum up to {total}")
        if amount < 0:
            yield Difference(customer_id, f"balance in {currency} is negative: {amount}")


def _of_series(state: NumberSeries) -> Iterator[Difference]:
    if not state.numbers == state.highest == state.counter:
        yield Difference(
            f"series {state.name}",
            f"has {state.numbers} numbers, the highest {state.highest}, and counted {state.counter}",
        )


async def _orphan_differences(deps: Deps, collection: str, visited: int) -> list[Difference]:
    """Return the documents that no subscription's history has."""
    if await count_all(deps.store, collection) == visited:
        return []
    return [
        Difference(id_, "belongs to no subscription") for id_ in await find_orphans(deps.store, collection)
    ]


async def _of_plans(deps: Deps) -> list[Difference]:
    """Return the plans whose price is not that of their version, which never changes."""
    rows = await subscription_report(deps.store)
    plans = await find_plans(deps.store, [row.plan_id for row in rows.plans])
    versions = await find_versions(deps.store, [(plan.id, plan.version) for plan in plans.values()])
    return [
        Difference(plan.id, f"price is {_price(plan)}, that of its version {plan.version} {_price(version)}")
        for plan in plans.values()
        if _price(plan) != _price(version := versions.get((plan.id, plan.version)))
    ]


def _price(plan: Plan | None) -> str:
    return f"{plan.price.to_decimal()} {plan.price.currency}" if plan else "is missing"


async def _of_reports(deps: Deps, folded: Folded, *, repair: bool) -> list[Difference]:
    """Return what is only derived and not what there is; put right if *repair*."""
    found = await find_wrong_sets(deps, repair=repair)
    found += [
        Difference(
            mismatch.plan_id,
            f"counts {mismatch.kept} {mismatch.status} subscriptions, there are {mismatch.counted}",
        )
        for mismatch in await (mend_counts if repair else find_count_mismatches)(deps.store)
    ]
    return found + await find_wrong_months(deps.store, folded, repair=repair)


def _count(audited: AuditCounts, history: SubscriptionHistory, *, rules: int) -> None:
    again = events_of_present_rules(history, rules=rules)
    audited.subscriptions += 1
    audited.events += len(history.posted)
    audited.redecided += len(again)
    audited.sealed += sum(
        "chain" in event.record for event in history.posted[: len(history.posted) - len(again)]
    )
    audited.invoices += len(history.invoices)
    audited.payments += len(history.payments)
    documents: tuple[Sized, ...] = (
        history.invoices,
        history.payments,
        history.credit_notes,
        history.movements,
        history.credit_entries,
    )
    for collection, owned in zip(OWNED, documents, strict=True):
        audited.owned[collection] += len(owned)
