"""The audit: the whole ledger is replayed and compared with what is stored, to the cent."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Final

from ciclo.actions.deps import Deps
from ciclo.domain.policy import Policy
from ciclo.domain.replay import Difference, Posting, Stored, differences
from ciclo.domain.subscription import Status
from ciclo.store.counts import StatusCounts
from ciclo.store.ledger import History, Series, balances, histories, series
from ciclo.store.numbering import CREDIT_NOTE_SERIES, INVOICE_SERIES
from ciclo.store.policies import find_policies
from ciclo.store.reports import read_counts, recount

SERIES: Final = (("invoices", INVOICE_SERIES), ("credit_notes", CREDIT_NOTE_SERIES))


@dataclass(slots=True, kw_only=True)
class Audited:
    """What was checked so far."""

    subscriptions: int = 0
    events: int = 0
    invoices: int = 0
    payments: int = 0
    customers: int = 0


async def audit(
    deps: Deps, audited: Audited, *, progress: Callable[[], None] = lambda: None
) -> AsyncIterator[Difference]:
    """Yield every difference between the ledger and its replay; *audited* counts what was checked.

    The ledger should be at rest: what changes while it is read may look like a difference.
    """
    policies = await find_policies(deps.store)
    async for batch in histories(deps.store):
        for history in batch:
            for difference in _of_history(history, policies):
                yield difference
            _count(audited, history)
        progress()
    async for customer_id, balance, entries in balances(deps.store):
        audited.customers += 1
        for difference in _of_balance(customer_id, balance, entries):
            yield difference
    for collection, name in SERIES:
        for difference in _of_series(await series(deps.store, collection, name)):
            yield difference
    for difference in _of_counts(await read_counts(deps.store), await recount(deps.store)):
        yield difference


def _of_history(history: History, policies: dict[str, Policy]) -> Iterator[Difference]:
    if history.created is None:
        yield Difference(history.subscription.id, "has no event of its creation")
        return
    unknown = {one.policy_id for one in history.posted} - policies.keys()
    if unknown:
        yield Difference(history.subscription.id, "was decided by a policy that is not kept")
        return
    postings = [
        Posting(
            event=one.event,
            seq=one.seq,
            policy=policies[one.policy_id],
            credit_before=one.credit_before,
        )
        for one in history.posted
    ]
    stored = Stored(
        subscription=history.subscription,
        invoices=history.invoices,
        payments=history.payments,
        credit_notes=history.credit_notes,
        movements=history.movements,
        credit_changes=history.credit_entries,
    )
    yield from differences(history.created, postings, stored)


def _of_balance(customer_id: str, balance: dict[str, int], entries: dict[str, int]) -> Iterator[Difference]:
    for currency in balance.keys() | entries.keys():
        amount, total = balance.get(currency, 0), entries.get(currency, 0)
        if amount != total:
            yield Difference(customer_id, f"balance in {currency} is {amount}, its entries sum up to {total}")
        if amount < 0:
            yield Difference(customer_id, f"balance in {currency} is negative: {amount}")


def _of_series(state: Series) -> Iterator[Difference]:
    if not state.numbers == state.highest == state.counter:
        yield Difference(
            f"series {state.name}",
            f"has {state.numbers} numbers, the highest {state.highest}, and counted {state.counter}",
        )


def _of_counts(kept: StatusCounts, counted: StatusCounts) -> Iterator[Difference]:
    for plan_id in kept.keys() | counted.keys():
        for status in Status:
            has, should = kept[plan_id][status], counted[plan_id][status]
            if has != should:
                yield Difference(plan_id, f"counts {has} {status} subscriptions, there are {should}")


def _count(audited: Audited, history: History) -> None:
    audited.subscriptions += 1
    audited.events += len(history.posted)
    audited.invoices += len(history.invoices)
    audited.payments += len(history.payments)
