"""Balances: paying one out, by refunds of what its customer paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from ciclo.actions.access.second_person import MoneyRequest, require_one_person
from ciclo.actions.caller import Caller
from ciclo.actions.contention import retry_on_contention
from ciclo.actions.customers.finding import get_customer
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.processing.apply_events import commit_entries
from ciclo.actions.processing.commands import apply_command
from ciclo.actions.refund_limits import can_send_back
from ciclo.actions.subscriptions import command_event
from ciclo.domain.batch import apply_in_turn
from ciclo.domain.customer import Customer
from ciclo.domain.errors.general import AmountOutOfRange, InvalidValue
from ciclo.domain.errors.payments import PayoutExceedsBalance, PayoutExceedsPayments
from ciclo.domain.errors.subscriptions import SubscriptionNotFound
from ciclo.domain.events.commands import CreditGranted, RefundCreated
from ciclo.domain.events.event import Event
from ciclo.domain.free_text import validate_reason
from ciclo.domain.ids import GrantId, RefundId
from ciclo.domain.lifecycle.payments.allocation import split_payout
from ciclo.domain.money import Money
from ciclo.domain.payments.grant import sum_of
from ciclo.store.access.approvals import ApprovalKind
from ciclo.store.accounts import load_accounts
from ciclo.store.idempotency import IdempotentRequest
from ciclo.store.ledger.beside import Beside
from ciclo.store.payments import find_payments_of_customer
from ciclo.store.subscriptions import newest_in_currency
from ciclo.viewer import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantChoice:
    """How much is granted, why, and the last day to use it, if there is one."""

    amount: Money
    reason: str
    expires_on: date | None


PAYMENTS_MAX: Final = 100
"""How many payments, the newest, one payout may be spread over."""


async def pay_out_balance(
    deps: Deps,
    customer_id: str,
    amount: Money,
    *,
    reason: str | None,
    caller: Caller,
    by: Actor,
    request: IdempotentRequest | None = None,
) -> Customer:
    """Send *amount* of a customer's balance back by their payments, the newest first, all in one transaction.

    Raises:
        ApprovalRequired: it is above what one person may send, and waits for a second one.
        CustomerNotFound: there is no such customer.
        AmountOutOfRange: it is nothing.
        PayoutExceedsBalance: it is more than there is, but for grants.
        PayoutExceedsPayments: it is more than can go back.
        InvalidValue: the reason is too long, or holds what no reason needs.
    """
    reason = validate_reason(reason)
    customer = await get_customer(deps, customer_id)
    if amount.amount <= 0:
        raise AmountOutOfRange
    wanted = MoneyRequest(kind=ApprovalKind.PAY_OUT_BALANCE, target=customer.id, money=amount, reason=reason)
    await require_one_person(deps, wanted, by=by, request=request)

    async def act(answer_for: AnswerFor) -> Customer:
        beside = Beside(answer=answer_for(customer.id))
        return await send_payout(deps, customer, amount, reason=reason, caller=caller, beside=beside)

    return await run_once(deps, request, act, find=partial(get_customer, deps))


async def send_payout(
    deps: Deps,
    customer: Customer,
    amount: Money,
    *,
    reason: str | None,
    caller: Caller,
    beside: Beside,
) -> Customer:
    """Send money of a balance back, by one person's right or a second one's approval, which is *beside* it.

    Raises:
        ApprovalTaken: the approval is decided already.
        PayoutExceedsBalance: it is more than there is, but for grants.
        PayoutExceedsPayments: it is more than can go back.
    """

    async def pay_out() -> None:
        known = await get_customer(deps, customer.id)
        granted = sum_of(known.grants.get(amount.currency, ()))
        if amount.amount > known.credit.get(amount.currency, 0) - granted:
            raise PayoutExceedsBalance
        events = await _refunds(deps, known, amount, reason=reason, caller=caller)
        await apply_together(deps, events, beside=beside)

    await retry_on_contention(pay_out)
    return await get_customer(deps, customer.id)


async def grant_credit(
    deps: Deps,
    customer_id: str,
    grant: GrantChoice,
    *,
    caller: Caller,
    request: IdempotentRequest | None = None,
) -> Customer:
    """Give a customer credit, by their newest subscription in its currency: its clock ends the grant.

    Raises:
        CustomerNotFound: there is no such customer.
        SubscriptionNotFound: they have no subscription in that currency.
        AmountOutOfRange, DateInPast: it is nothing, or its last day is over.
        InvalidValue: no reason is given, or a wrong one.
    """
    reason = validate_reason(grant.reason)
    if reason is None:
        raise InvalidValue("say why the credit is given", field=("reason",))
    customer = await get_customer(deps, customer_id)

    async def act(answer_for: AnswerFor) -> Customer:
        bearer = await newest_in_currency(deps.store, customer.id, grant.amount.currency)
        if bearer is None:
            raise SubscriptionNotFound().at("amount")
        at = await deps.clock.now()
        payload = CreditGranted(
            grant_id=GrantId(generate_id("grt", at)),
            amount=grant.amount.amount,
            reason=reason,
            expires_on=grant.expires_on,
        )
        event = command_event(payload, subscription_id=bearer, caller=caller, at=at)
        await apply_command(deps, event, beside=Beside(answer=answer_for(customer.id)))
        return await get_customer(deps, customer.id)

    return await run_once(deps, request, act, find=partial(get_customer, deps))


async def _refunds(
    deps: Deps, customer: Customer, amount: Money, *, reason: str | None, caller: Caller
) -> list[Event]:
    """Return the refunds that pay *amount* out, each of what its payment still has."""
    paid = await find_payments_of_customer(
        deps.store, customer.id, currency=amount.currency, payments_max=PAYMENTS_MAX
    )
    shares = [
        (payment, share)
        for payment, share in split_payout(filter(partial(can_send_back, deps), paid), amount.amount)
        if share == payment.received_amount or can_send_back(deps, payment, partly=True)
    ]
    if sum(share for _, share in shares) < amount.amount:
        raise PayoutExceedsPayments
    at = await deps.clock.now()
    return [
        command_event(
            RefundCreated(
                refund_id=RefundId(generate_id("ref", at)),
                payment_id=payment.id,
                amount=share,
                reason=reason,
                waits_for_reference=True,
                from_balance=True,
            ),
            subscription_id=payment.subscription_id,
            caller=caller,
            at=at,
        )
        for payment, share in shares
    ]


async def apply_together(deps: Deps, events: Sequence[Event], *, beside: Beside) -> None:
    """Apply what a person asks for of several subscriptions of one customer: all of it or nothing."""
    loaded = await load_accounts(deps.store, events)
    entries, failures = apply_in_turn(loaded.accounts, loaded.balances, events, deps.policy)
    for failure in failures:
        raise failure.error
    await commit_entries(deps, entries, loaded=loaded, recorded=None, beside=beside)
