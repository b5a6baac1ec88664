"""What somebody may wish for a subscription, drawn as a step and asked for as a command."""

from dataclasses import dataclass, replace

from ciclo.domain.account import Account
from ciclo.domain.events.commands import (
    CancellationRefund,
    CancellationRequested,
    CancellationRevoked,
    ChangeTiming,
    Command,
    InvoicePaymentRequested,
    PlanChanged,
    Proration,
    SubscriptionPaused,
    SubscriptionResumed,
)
from ciclo.domain.events.selling import InvoiceCreated
from ciclo.domain.ids import InvoiceId, ItemId
from ciclo.domain.lines.item import InvoiceItem
from ciclo.domain.period import BillingCycle
from ciclo.domain.plan import Terms
from tests.builders import terms
from tests.domain.oracle import Offer

BESIDE = "inv_wished_"
CYCLES = {1: BillingCycle.MONTHLY, 3: BillingCycle.QUARTERLY, 12: BillingCycle.ANNUAL}


@dataclass(frozen=True, kw_only=True)
class Step:
    """What somebody asks for some days later, and whether the card pays from then on."""

    days: int
    what: str
    offer: Offer
    now: bool
    pays: bool
    proration: Proration = Proration.NOW


def terms_of(offer: Offer, currency: str) -> Terms:
    return terms(
        offer.price,
        plan=f"{offer.plan} {offer.price} {offer.months} {offer.trial_days}",
        cycle=CYCLES[offer.months],
        quantity=offer.quantity,
        trial_days=offer.trial_days,
        currency=currency,
    )


def wanted_by(step: Step, present: Offer) -> Offer:
    """Return the offer that a step is about: a change of quantity stays with the present one."""
    return step.offer if step.what == "change" else replace(present, quantity=step.offer.quantity)


def command_of(step: Step, present: Offer, account: Account) -> Command | None:
    """Return what the step asks for; None if it asks for nothing, or there is nothing to pay."""
    timing = ChangeTiming.IMMEDIATE if step.now else ChangeTiming.PERIOD_END
    refund = CancellationRefund.CREDIT if step.now else CancellationRefund.NONE
    wanted = terms_of(wanted_by(step, present), account.subscription.terms.currency)
    change = PlanChanged(terms=wanted, timing=timing, proration=step.proration)
    commands: dict[str, Command] = {
        "bill beside": _beside(step, account),
        "change": change,
        "quantity": change,
        "pause": SubscriptionPaused(),
        "resume": SubscriptionResumed(),
        "leave": CancellationRequested(),
        "leave now": CancellationRequested(immediately=True, refund=refund),
        "stay": CancellationRevoked(),
    }
    owed = account.open_invoices()
    if owed:
        commands["pay"] = InvoicePaymentRequested(invoice_id=owed[0].id)
    return commands.get(step.what)


def _beside(step: Step, account: Account) -> InvoiceCreated:
    """Return what bills something beside the plan at once, on an invoice of its own: no day costs more."""
    number = sum(id_.startswith(BESIDE) for id_ in account.invoices)
    item = InvoiceItem(
        id=ItemId(f"itm_beside_{number}"),
        description="Extra",
        unit_price=step.offer.price // 2,
        quantity=step.offer.quantity,
        is_penalty=step.proration is not Proration.NOW,
    )
    return InvoiceCreated(invoice_id=InvoiceId(f"{BESIDE}{number}"), items=(item,))
