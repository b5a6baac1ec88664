"""The books: many accounts and their customers' balances, taken through many events in turn."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ciclo.domain.account import Account
from ciclo.domain.events import Event
from ciclo.domain.ids import CustomerId, SubscriptionId
from ciclo.domain.lifecycle import Decision, apply
from ciclo.domain.policy import Policy

BalanceKey = tuple[CustomerId, str]
"""A customer and a currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event applied: the account before, the decision, and the balance that it found, in minor units."""

    event: Event
    before: Account
    decision: Decision
    credit_before: int

    @property
    def credit_change(self) -> int:
        """Return what the event put onto the customer's balance, negative for what it took off."""
        return self.decision.account.credit - self.credit_before


@dataclass(frozen=True, slots=True)
class Fault:
    """An event that could not be applied, and why."""

    event: Event
    error: Exception


def entered(
    accounts: Mapping[SubscriptionId, Account],
    balances: Mapping[BalanceKey, int],
    events: Iterable[Event],
    policy: Policy,
) -> tuple[list[Entry], list[Fault]]:
    """Apply *events* in turn, each to its account as the earlier ones left it.

    A balance belongs to the customer: what one subscription's event leaves, the next one's finds. An
    event that fails is left out, with its error: a refusal of a command, or a fault of its own.
    """
    current, credit = dict(accounts), dict(balances)
    entries: list[Entry] = []
    faults: list[Fault] = []
    for event in events:
        try:
            account = current[event.subscription_id]
            key = (account.subscription.customer_id, account.subscription.terms.currency)
            credit_before = credit.get(key, 0)
            before = account if account.credit == credit_before else replace(account, credit=credit_before)
            decision = apply(before, event, policy)
        except Exception as error:  # noqa: BLE001 - one event's fault must not stop the others; it is reported
            faults.append(Fault(event, error))
            continue
        current[event.subscription_id] = decision.account
        credit[key] = decision.account.credit
        entries.append(Entry(event=event, before=before, decision=decision, credit_before=credit_before))
    return entries, faults
