"""Commands: what a person asks for, applied in the request to an account that is up to date.

Everything of the account whose instant has come is applied first, in the same transaction, so that a
late scheduler changes nothing about what a command costs (rule 4).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import structlog

from ciclo.actions.contention import retry_on_contention
from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.apply_events import commit_entries, drop_change, is_plan_taken
from ciclo.domain.account import Account
from ciclo.domain.batch import AppliedEvent, BalanceKey, apply_due_events, apply_one, balance_key
from ciclo.domain.errors.general import BillingError
from ciclo.domain.errors.subscriptions import AlreadySubscribed, OverdueWorkFailed
from ciclo.domain.events.commands import PlanChanged
from ciclo.domain.events.event import Event
from ciclo.domain.ids import SubscriptionId
from ciclo.domain.payments.grant import Balance
from ciclo.domain.subscription import Subscription
from ciclo.store.access.approvals import ApprovalTaken
from ciclo.store.accounts import LoadedAccounts, load_accounts
from ciclo.store.events.reviews import ReviewTaken
from ciclo.store.idempotency import is_answered
from ciclo.store.ledger.beside import NOTHING, Beside
from ciclo.store.mongo.bulk_write import DuplicateKey
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.transient_errors import is_transient
from ciclo.store.subscriptions import find_still_due

_log = structlog.get_logger(__name__)

OVERDUE_TOGETHER_MAX: Final = 24
"""Overdue events that share a command's transaction; of more, the first are committed before it."""

OVERDUE_COMMITS_MAX: Final = 50
"""Commits of overdue events before one command: a hundred years of months, so more is work without an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentAccount:
    """An account with all done that was due of it: as it was loaded, what that was, and as it is then."""

    loaded: LoadedAccounts
    overdue: Sequence[AppliedEvent]
    account: Account

    @property
    def balances(self) -> dict[BalanceKey, Balance]:
        """Return the balance that the next event finds."""
        if not self.overdue:
            return self.loaded.balances
        return {balance_key(self.account.subscription): self.account.balance}


async def apply_command(
    deps: Deps,
    event: Event,
    *,
    beside: Beside = NOTHING,
) -> AppliedEvent:
    """Apply what a person asks for, once all is done that was due by then.

    What was due stays done if the command is refused: it happens without it, too. What is *beside* it is
    written with the command or not at all.

    Raises:
        BillingError: the rules refuse it.
        OverdueWorkFailed: what was due can't be done, and no command is applied to a stale account.
        Conflict: others kept changing the same subscription.
        AlreadySubscribed: the customer has the new plan by another subscription.
        ReviewTaken, ApprovalTaken: the review or the approval that it closes is closed already.
        CouponExhausted: the coupon was redeemed as often as it may be.
        DuplicateKey: the request was answered already.
        KeyError: the subscription does not exist.
    """
    commit = partial(commit_entries, deps, recorded=None, beside=beside)
    async with deps.account_locks.of([event.subscription_id]):
        for _ in range(OVERDUE_COMMITS_MAX):
            entry = await retry_on_contention(partial(_take_turn, deps, event, commit))
            if entry is not None:
                return entry
    _log.error("overdue_work_without_end", subscription_id=event.subscription_id)
    raise OverdueWorkFailed


async def preview_command(deps: Deps, event: Event) -> AppliedEvent:
    """Return what *event* would do without doing it, nor what is due before it.

    Raises:
        BillingError: whatever the command would be refused for.
        KeyError: the subscription does not exist.
    """
    loaded = await load_accounts(deps.store, [event])
    current = _bring_up_to_date(deps, loaded, event.subscription_id, at=event.occurred_at)
    return apply_one(current.account, current.balances, event, deps.policy)


async def foresee_account(deps: Deps, subscription_id: SubscriptionId, *, at: datetime) -> Account:
    """Return the account with its balance and all done that is due by *at*; nothing is written.

    Raises:
        OverdueWorkFailed: it can't be done.
        KeyError: the subscription does not exist.
    """
    loaded = await load_accounts(deps.store, (), ids=[subscription_id])
    current = _bring_up_to_date(deps, loaded, subscription_id, at=at)
    balance = current.balances.get(balance_key(current.account.subscription), Balance())
    return current.account.with_balance(balance)


async def foresee_subscription(deps: Deps, subscription: Subscription, *, at: datetime) -> Subscription:
    """Return what a command at *at* will find *subscription* to be.

    Raises:
        OverdueWorkFailed: what is due of it can't be done.
    """
    if subscription.due_at is None or subscription.due_at > at:
        return subscription
    return (await foresee_account(deps, subscription.id, at=at)).subscription


async def _take_turn(deps: Deps, event: Event, commit: Callable[..., Awaitable[None]]) -> AppliedEvent | None:
    """Apply *event* together with what is due before it; None if only that was done, or a part of it."""
    loaded = await load_accounts(deps.store, [event])
    at, id_ = event.occurred_at, event.subscription_id
    try:
        current = _bring_up_to_date(deps, loaded, id_, at=at, events_max=OVERDUE_TOGETHER_MAX)
    except OverdueWorkFailed as error:
        version = str(loaded.accounts[id_].subscription.version)
        if (await find_still_due(deps.store, [id_], now=at)).get(id_) == version:
            raise
        # Its documents were read one after the other, and somebody wrote between: there is another look.
        raise Contention from error
    if len(current.overdue) == OVERDUE_TOGETHER_MAX:
        await _commit_overdue(deps, current)
        return None
    try:
        entry = apply_one(current.account, current.balances, event, deps.policy)
    except BillingError:
        await _commit_overdue(deps, current)
        raise
    try:
        await commit([*current.overdue, entry], loaded=loaded)
    except (ReviewTaken, ApprovalTaken):
        raise
    except Exception as error:
        if is_transient(error) or (isinstance(error, DuplicateKey) and is_answered(error)):
            raise
        if not current.overdue:
            raise await _reason_of(deps, event, error) from error
        # What was due may be at fault, or the command: the next turn finds the command alone.
        await _commit_overdue(deps, current)
        return None
    return entry


async def _reason_of(deps: Deps, event: Event, error: Exception) -> Exception:
    """Return what it means that a command can't be written; a scheduled change in its way is dropped."""
    if not is_plan_taken(error):
        return error
    if isinstance(event.payload, PlanChanged):
        return AlreadySubscribed()
    await drop_change(deps, event.subscription_id)
    return Contention()


def _bring_up_to_date(
    deps: Deps,
    loaded: LoadedAccounts,
    subscription_id: SubscriptionId,
    *,
    at: datetime,
    events_max: int = OVERDUE_TOGETHER_MAX * OVERDUE_COMMITS_MAX,
) -> CurrentAccount:
    """Return the account with what is due by *at* done, at most *events_max* events of it.

    Raises:
        OverdueWorkFailed: a rule failed. The scheduler meets the same fault, and shows it to the operator.
    """
    account = loaded.accounts[subscription_id]
    try:
        overdue = apply_due_events(account, loaded.balances, deps.policy, until=at, events_max=events_max)
    except Exception as error:
        _log.exception("overdue_work_failed", subscription_id=subscription_id)
        raise OverdueWorkFailed from error
    after = overdue[-1].decision.account if overdue else account
    return CurrentAccount(loaded=loaded, overdue=overdue, account=after)


async def _commit_overdue(deps: Deps, current: CurrentAccount) -> None:
    """Commit what was due, without a command.

    Raises:
        Contention: somebody else was faster, or a scheduled change that can't take place was dropped.
        OverdueWorkFailed: it can't be written, and nobody has changed the subscription meanwhile.
    """
    try:
        await commit_entries(deps, current.overdue, loaded=current.loaded, recorded=None)
    except Contention:
        raise
    except Exception as error:
        if is_transient(error):
            raise
        first = current.overdue[0]
        if is_plan_taken(error):
            await drop_change(deps, first.event.subscription_id)
            raise Contention from error
        at, id_ = first.event.occurred_at, first.event.subscription_id
        version = str(first.before.subscription.version)
        if (await find_still_due(deps.store, [id_], now=at)).get(id_) != version:
            raise Contention from error
        _log.exception("overdue_work_failed", subscription_id=id_)
        raise OverdueWorkFailed from error
