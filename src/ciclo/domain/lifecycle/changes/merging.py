"""Merging customers: a subscription goes over to another customer with all that was billed, and a balance.

Source: billing rule 45.
"""

from typing import TypeVar

from ciclo.copies import replace
from ciclo.domain.events.merging import BalanceReceived, CustomerReassigned
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.payment import Payment, PaymentMethod
from ciclo.domain.subscription import Subscription

Paid = TypeVar("Paid", Payment, Subscription)


def on_customer_reassigned(decision: Decision, order: CustomerReassigned, _: EventContext) -> Decision:
    """Let the subscription, its invoices and payments be another customer's; days and amounts stay.

    The whole balance leaves with the first of a currency: `BalanceReceived` brings it to the new customer.
    """
    account = decision.account
    sub = replace(account.subscription, customer_id=order.to)
    account = replace(
        account,
        subscription=_payer_kept(sub, order),
        invoices={id_: replace(one, customer_id=order.to) for id_, one in account.invoices.items()},
        payments={
            id_: _payer_kept(replace(one, customer_id=order.to), order)
            for id_, one in account.payments.items()
        },
        credit=0,
        grants=(),
    )
    return replace(decision, account=account).with_outcome(Outcome.CUSTOMER_REASSIGNED)


def on_balance_received(decision: Decision, order: BalanceReceived, _: EventContext) -> Decision:
    """Put onto the balance what a customer had who is this one now."""
    account = decision.account
    grants = sorted((*account.grants, *order.grants), key=lambda one: (one.granted_at, one.id))
    account = replace(account, credit=account.credit + order.amount, grants=tuple(grants))
    return replace(decision, account=account).with_outcome(Outcome.BALANCE_RECEIVED)


def _payer_kept(paid: Paid, order: CustomerReassigned) -> Paid:
    """Return *paid* with a card that is still charged as the customer's whom its provider knows by it."""
    method = paid.method
    if method is None or method.token is None or method.payer_reference is not None:
        return paid
    kept: PaymentMethod = replace(method, payer_reference=order.payer_reference)
    return replace(paid, method=kept)
