"""Two persons for much money: what is above the seller's limit waits for somebody else than who asked."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from ciclo.actions.access.operations import new_operation
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.processing.commands import preview_command
from ciclo.domain.errors.general import ApprovalNotFound, ApprovalRequired
from ciclo.domain.events.event import Event
from ciclo.domain.ids import parse_id
from ciclo.domain.money import Money
from ciclo.store.access.approvals import Approval, ApprovalKind, add_approval, find_approval
from ciclo.store.idempotency import IdempotentRequest
from ciclo.viewer import Actor

WAITS_FOR: Final = timedelta(hours=72)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyRequest:
    """What somebody wants to send: how much, of which payment or customer, and why."""

    kind: ApprovalKind
    target: str
    money: Money
    reason: str | None = None


async def require_one_person(
    deps: Deps,
    wanted: MoneyRequest,
    *,
    by: Actor,
    sent: int = 0,
    request: IdempotentRequest | None = None,
) -> None:
    """Let pass what one person may send alone; put down what a second one has to decide.

    Args:
        deps: The store, the seller's limit, and the wall clock.
        wanted: What is to be sent.
        by: Who asks.
        sent: What went back of the same payment before: many small refunds are a large one.
        request: The request's idempotency key.

    Raises:
        ApprovalRequired: it waits for a second person now.
    """
    if not is_above_limit(deps, wanted.money, sent=sent):
        return
    at = deps.wall()
    approval = Approval(
        id=generate_id("apr", at),
        kind=wanted.kind,
        target=wanted.target,
        amount=wanted.money.amount,
        currency=wanted.money.currency,
        reason=wanted.reason,
        asked_by=by.name,
        asked_at=at,
        expires_at=at + WAITS_FOR,
    )

    async def act(answer_for: AnswerFor) -> Approval:
        operation = new_operation(deps, by, "askForApproval", approval.id, after=approval)
        await add_approval(deps.store, approval, operation, answer=answer_for(approval.id))
        return approval

    raise ApprovalRequired((await run_once(deps, request, act, find=partial(get_approval, deps))).id)


def is_above_limit(deps: Deps, money: Money, *, sent: int = 0) -> bool:
    """Return whether *money*, with what was *sent* before, needs a second person.

    The limit is in the seller's currency; of another one any amount is above it.
    """
    limit = deps.settings.two_persons_above_cents
    if limit is None:
        return False
    return money.currency != deps.settings.currency or money.amount + sent > limit


async def require_small_refunds(deps: Deps, event: Event) -> None:
    """Refuse a command that would send back more than one person may, beside what it is asked for.

    Raises:
        ApprovalRequired: it would; a refund of the payment can be asked for instead.
        BillingError: whatever the command would be refused for.
    """
    if deps.settings.two_persons_above_cents is None:
        return
    entry = await preview_command(deps, event)
    account = entry.decision.account
    sent = sum(payment.reserved_amount for payment in account.payments.values())
    before = sum(payment.reserved_amount for payment in entry.before.payments.values())
    money = Money(sent - before, account.subscription.terms.currency)
    if money.amount > 0 and is_above_limit(deps, money):
        raise ApprovalRequired


async def get_approval(deps: Deps, approval_id: str) -> Approval:
    """Return what was asked for.

    Raises:
        MalformedId, ApprovalNotFound: there is none.
    """
    approval = await find_approval(deps.store, parse_id("apr", approval_id))
    if approval is None:
        raise ApprovalNotFound
    return approval
