"""Merging customers: two records turn out to be one person's, and one of them becomes a part of the other."""

from functools import partial
from typing import Final

from ciclo.actions.access.operations import new_operation
from ciclo.actions.caller import Caller
from ciclo.actions.contention import retry_on_contention
from ciclo.actions.customers.finding import get_customer, get_record
from ciclo.actions.customers.messages import message_of_update, publish_update
from ciclo.actions.dependencies import Deps
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.processing.apply_events import commit_entries, is_plan_taken
from ciclo.actions.subscriptions import command_event
from ciclo.domain.batch import apply_in_turn, balance_key
from ciclo.domain.customer import Customer
from ciclo.domain.customers.merging import merge_customers as merged
from ciclo.domain.errors.customers import CustomerInUse
from ciclo.domain.errors.subscriptions import AlreadySubscribed
from ciclo.domain.events.event import Event
from ciclo.domain.events.merging import BalanceReceived, CustomerReassigned
from ciclo.domain.ids import SubscriptionId
from ciclo.domain.payment import MethodKind
from ciclo.domain.payments.grant import Balance
from ciclo.store.accounts import LoadedAccounts, load_accounts
from ciclo.store.customer_merge import CustomerMerge
from ciclo.store.idempotency import Answer, IdempotentRequest
from ciclo.store.ledger.beside import Beside, write_beside
from ciclo.store.mongo.bulk_write import DuplicateKey
from ciclo.store.subscriptions import subscriptions_of
from ciclo.viewer import Actor

SUBSCRIPTIONS_MAX: Final = 50
"""Subscriptions, ended ones too, that go over in one transaction with all of their invoices."""


async def merge_customers(
    deps: Deps,
    kept_id: str,
    dropped_id: str,
    *,
    caller: Caller,
    by: Actor,
    request: IdempotentRequest | None = None,
) -> Customer:
    """Make one customer a part of another one, with all that is theirs, for good; return who is kept.

    Raises:
        CustomerNotFound: one of them is not there.
        InvalidValue: they are the same one.
        CustomerAnonymized, CustomerMerged: one of them is nobody any more.
        AlreadySubscribed: both have the same plan: one of the two has to end first.
        CustomerInUse: the dropped one has more subscriptions than SUBSCRIPTIONS_MAX.
        Conflict: others kept changing them.
    """

    async def act(answer_for: AnswerFor) -> Customer:
        async def change() -> None:
            kept, dropped = await get_record(deps, kept_id), await get_record(deps, dropped_id)
            await _merge(deps, kept, dropped, caller=caller, by=by, answer=answer_for(kept.id))

        try:
            await retry_on_contention(change)
        except DuplicateKey as error:
            if is_plan_taken(error):
                raise AlreadySubscribed from error
            raise
        return await get_customer(deps, kept_id)

    return await run_once(deps, request, act, find=partial(get_customer, deps))


async def _merge(
    deps: Deps, kept: Customer, dropped: Customer, *, caller: Caller, by: Actor, answer: Answer | None
) -> None:
    both = merged(kept, dropped)
    ids = await subscriptions_of(deps.store, dropped.id, subscriptions_max=SUBSCRIPTIONS_MAX + 1)
    if len(ids) > SUBSCRIPTIONS_MAX:
        raise CustomerInUse(f"more than {SUBSCRIPTIONS_MAX} subscriptions")
    at, card = await deps.clock.now(), deps.gateways.for_method(MethodKind.CREDIT_CARD).name
    order = CustomerReassigned(to=kept.id, payer_reference=dropped.provider_references.get(card))
    events = [command_event(order, subscription_id=id_, caller=caller, at=at) for id_ in ids]
    loaded = await load_accounts(deps.store, events)
    messages = [
        *await message_of_update(deps, both.dropped),
        *await message_of_update(deps, both.kept),
    ]
    merge = CustomerMerge(
        kept=(kept, both.kept),
        dropped=(dropped, both.dropped),
        currencies={one.subscription.terms.currency for one in loaded.accounts.values()},
        operation=new_operation(deps, by, "mergeCustomers", dropped.id, before=dropped, after=both.dropped),
        messages=messages,
    )
    beside = Beside(answer=answer, merge=merge)
    if not events:
        await write_beside(deps.store, beside)
    else:
        moved = _with_balances(events, loaded, caller=caller)
        entries, failures = apply_in_turn(loaded.accounts, loaded.balances, moved, deps.policy)
        for failure in failures:
            raise failure.error
        await commit_entries(deps, entries, loaded=loaded, recorded=None, beside=beside)
    await publish_update(deps, messages)


def _with_balances(events: list[Event], loaded: LoadedAccounts, *, caller: Caller) -> list[Event]:
    """Return *events* with what brings each balance to the new customer, after the one that takes it away."""
    moved: list[Event] = []
    seen: set[str] = set()
    for event in events:
        moved.append(event)
        sub = loaded.accounts[event.subscription_id].subscription
        balance = loaded.balances.get(balance_key(sub), Balance())
        if balance != Balance() and sub.terms.currency not in seen:
            moved.append(_received(balance, sub.id, caller=caller, of=event))
        seen.add(sub.terms.currency)
    return moved


def _received(balance: Balance, subscription_id: SubscriptionId, *, caller: Caller, of: Event) -> Event:
    payload = BalanceReceived(amount=balance.amount, grants=balance.grants)
    return command_event(payload, subscription_id=subscription_id, caller=caller, at=of.occurred_at)
