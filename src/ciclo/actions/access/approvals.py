"""Approvals: a second person carries out what the first one asked for, or rejects it."""

from functools import partial
from typing import Final

from ciclo.actions.access.operations import new_operation
from ciclo.actions.access.second_person import get_approval
from ciclo.actions.balances import send_payout
from ciclo.actions.caller import Caller
from ciclo.actions.customers.finding import get_customer
from ciclo.actions.dependencies import Deps
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.invoices import get_payment, send_refund
from ciclo.domain.errors.general import ApprovalClosed, SamePerson
from ciclo.domain.free_text import validate_reason
from ciclo.domain.money import Money
from ciclo.store.access.api_keys import find_key
from ciclo.store.access.approvals import (
    Approval,
    ApprovalDecision,
    ApprovalKind,
    ApprovalStatus,
    ApprovalTaken,
    decide_alone,
)
from ciclo.store.idempotency import IdempotentRequest
from ciclo.store.ledger.beside import Beside
from ciclo.viewer import Actor, Via, via_of

KEYS_IN_A_ROW_MAX: Final = 10
"""A key may be made by a key: so far it is asked whose the first one is."""


async def approve(
    deps: Deps, approval_id: str, *, caller: Caller, by: Actor, request: IdempotentRequest | None = None
) -> Approval:
    """Carry out what somebody else asked for, and close the approval, in one transaction.

    Raises:
        MalformedId, ApprovalNotFound: there is none.
        ApprovalClosed: it is decided, or was asked too long ago.
        SamePerson: who asked decides, or a service does.
        BillingError: whatever the act is refused for; the approval goes on waiting.
    """
    known = await get_approval(deps, approval_id)

    async def act(answer_for: AnswerFor) -> Approval:
        approval = await get_approval(deps, known.id)
        _require_waiting(deps, approval)
        await _require_another(deps, approval, by=by)
        decision = _decision(deps, approval, ApprovalStatus.APPROVED, by=by, reason=None)
        try:
            beside = Beside(answer=answer_for(approval.id), approval=decision)
            await _carry_out(deps, approval, caller=caller, beside=beside)
        except ApprovalTaken:
            raise ApprovalClosed from None
        return await get_approval(deps, approval.id)

    return await run_once(deps, request, act, find=partial(get_approval, deps))


async def reject(
    deps: Deps,
    approval_id: str,
    *,
    reason: str | None,
    by: Actor,
    request: IdempotentRequest | None = None,
) -> Approval:
    """Close what was asked for without doing it; who asked may take it back so.

    Raises:
        MalformedId, ApprovalNotFound: there is none.
        ApprovalClosed: it is decided, or was asked too long ago.
        InvalidValue: the reason is too long, or holds what no reason needs.
    """
    reason = validate_reason(reason)
    known = await get_approval(deps, approval_id)

    async def act(answer_for: AnswerFor) -> Approval:
        approval = await get_approval(deps, known.id)
        _require_waiting(deps, approval)
        decision = _decision(deps, approval, ApprovalStatus.REJECTED, by=by, reason=reason)
        try:
            await decide_alone(deps.store, decision, answer=answer_for(approval.id))
        except ApprovalTaken:
            raise ApprovalClosed from None
        return await get_approval(deps, approval.id)

    return await run_once(deps, request, act, find=partial(get_approval, deps))


async def _carry_out(deps: Deps, approval: Approval, *, caller: Caller, beside: Beside) -> None:
    """Send the money back that the approval is about, which closes it.

    Raises:
        ApprovalTaken: somebody else was faster.
        BillingError: it can't be sent.
    """
    money = Money(approval.amount, approval.currency)
    if approval.kind is ApprovalKind.REFUND_PAYMENT:
        payment = await get_payment(deps, approval.target, caller=caller)
        await send_refund(deps, payment, money, reason=approval.reason, caller=caller, beside=beside)
    else:
        customer = await get_customer(deps, approval.target)
        await send_payout(deps, customer, money, reason=approval.reason, caller=caller, beside=beside)


def _require_waiting(deps: Deps, approval: Approval) -> None:
    if approval.status(deps.wall()) is not ApprovalStatus.WAITING:
        raise ApprovalClosed


async def _require_another(deps: Deps, approval: Approval, *, by: Actor) -> None:
    """Check that a person decides, and another one than who asked, by a token or by a key of theirs.

    Raises:
        SamePerson: it is not so.
    """
    if by.via is not Via.TOKEN or by.name == await _person_behind(deps, approval.asked_by):
        raise SamePerson


async def _person_behind(deps: Deps, name: str) -> str:
    """Return who made the key that *name* is; whoever else it is stands for themselves."""
    for _ in range(KEYS_IN_A_ROW_MAX):
        key = await find_key(deps.store, name) if via_of(name) is Via.KEY else None
        if key is None:
            return name
        name = key.created_by
    return name


def _decision(
    deps: Deps, approval: Approval, decision: ApprovalStatus, *, by: Actor, reason: str | None
) -> ApprovalDecision:
    action = "approve" if decision is ApprovalStatus.APPROVED else "reject"
    after = {"kind": approval.kind.value, "target": approval.target, "asked_by": approval.asked_by}
    return ApprovalDecision(
        approval_id=approval.id,
        decision=decision,
        by=by.name,
        at=deps.wall(),
        reason=reason,
        operation=new_operation(deps, by, action, approval.id, after=after | {"reason": reason}),
    )
