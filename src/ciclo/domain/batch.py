"""The books: many accounts and their customers' balances, taken through many events in turn."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ciclo.domain.account import Account
from ciclo.domain.errors.general import BillingError
from ciclo.domain.events.event import Event
from ciclo.domain.ids import CustomerId, SubscriptionId
from ciclo.domain.lifecycle import Decision, apply, next_due_event
from ciclo.domain.payments.grant import Balance, Grant
from ciclo.domain.policy import Policy
from ciclo.domain.subscription import EndReason, Subscription

BalanceKey = tuple[CustomerId, str]
"""A customer and a currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedEvent:
    """One event applied: the account before, the decision, and the balance that it found, in minor units."""

    event: Event
    before: Account
    decision: Decision
    credit_before: int
    grants_before: tuple[Grant, ...] = ()

    @property
    def credit_change(self) -> int:
        """Return what the event put onto the customer's balance, negative for what it took off."""
        return self.decision.account.credit - self.credit_before

    @property
    def never_came_about(self) -> bool:
        """Return whether by it a subscription ended without ever having been paid for."""
        after = self.decision.account.subscription
        return self.before.subscription.is_live and after.end_reason is EndReason.NEVER_PAID


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command that the rules refuse, and why."""

    event: Event
    error: BillingError


@dataclass(frozen=True, slots=True)
class FailedEvent:
    """An event that could not be applied although no rule refuses it; the error has its traceback."""

    event: Event
    error: Exception


def balance_key(subscription: Subscription) -> BalanceKey:
    """Return under which key the balance is that *subscription* puts onto and takes from."""
    return subscription.customer_id, subscription.terms.currency


def apply_one(
    account: Account, balances: Mapping[BalanceKey, Balance], event: Event, policy: Policy
) -> AppliedEvent:
    """Apply *event* to *account*, which finds its customer's balance in *balances*: 0 if there is none.

    Raises:
        BillingError: the rules refuse a command.
    """
    balance = balances.get(balance_key(account.subscription), Balance())
    before = account.with_balance(balance)
    return AppliedEvent(
        event=event,
        before=before,
        decision=apply(before, event, policy),
        credit_before=balance.amount,
        grants_before=balance.grants,
    )


def apply_due_events(
    account: Account,
    balances: Mapping[BalanceKey, Balance],
    policy: Policy,
    *,
    until: datetime,
    events_max: int,
) -> list[AppliedEvent]:
    """Let time pass for *account* up to and including *until*, at most *events_max* events of it.

    Whoever does an account's due work does it by this: the scheduler's sweep, a command that comes before
    the scheduler, and a preview (rule 4).
    """
    key = balance_key(account.subscription)
    balance = balances.get(key, Balance())
    entries: list[AppliedEvent] = []
    for _ in range(events_max):
        due = next_due_event(account, policy)
        if due is None or due.at > until:
            break
        entry = apply_one(account, {key: balance}, due.event(account), policy)
        entries.append(entry)
        account = entry.decision.account
        balance = account.balance
    return entries


def apply_in_turn(
    accounts: Mapping[SubscriptionId, Account],
    balances: Mapping[BalanceKey, Balance],
    events: Iterable[Event],
    policy: Policy,
) -> tuple[list[AppliedEvent], list[Refusal | FailedEvent]]:
    """Apply *events* in turn, each to its account as the earlier ones left it.

    A balance belongs to the customer: what one subscription's event leaves, the next one's finds. An
    event that is refused or at fault is left out, and the others go on.
    """
    current, found = dict(accounts), dict(balances)
    entries: list[AppliedEvent] = []
    failures: list[Refusal | FailedEvent] = []
    for event in events:
        try:
            entry = apply_one(current[event.subscription_id], found, event, policy)
        except BillingError as error:
            failures.append(Refusal(event, error))
        except Exception as error:  # noqa: BLE001 - it is one event's fault, and kept whole for who reports it
            failures.append(FailedEvent(event, error))
        else:
            account = entry.decision.account
            current[event.subscription_id] = account
            # Of the customer who was charged with it: an event may make the subscription another one's.
            found[balance_key(entry.before.subscription)] = account.balance
            entries.append(entry)
    return entries, failures
