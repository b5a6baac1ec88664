"""One-off invoices: what a seller bills beside the plan at once, and what is left to bill at the end.

Such an invoice is about nothing but itself: it is collected, fails and falls overdue like any other, and
neither begins service when it is paid nor takes access away when it is not.
Source: billing rules 15, 37.
"""

from collections.abc import Iterable
from datetime import date

from ciclo.copies import replace
from ciclo.domain.events.selling import InvoiceCreated
from ciclo.domain.invoice import Invoice, InvoiceKind, Line
from ciclo.domain.lifecycle.billing import collect_invoice, issue_invoice, new_invoice
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.lines.item import InvoiceItem, item_lines
from ciclo.domain.period import Period
from ciclo.domain.policy import Policy
from ciclo.domain.subscription import Subscription


def on_invoice_created(decision: Decision, created: InvoiceCreated, ctx: EventContext) -> Decision:
    """Issue an invoice of items today, and collect it as the subscription's are.

    Of one that has ended, or is to end, nothing is charged unasked (rule 15): it waits to be paid.
    """
    sub = decision.account.subscription
    lines = lines_of_items(created.items, sub, on=ctx.today, policy=ctx.policy)
    invoice = replace(new_one_off(decision, lines, ctx, due_days=created.due_days), id=created.invoice_id)
    issued = issue_invoice(decision, invoice, ctx).with_outcome(Outcome.INVOICE_ISSUED)
    may_charge = sub.is_live and not sub.cancel_at_period_end
    return collect_invoice(issued, invoice.id, ctx) if may_charge else issued


def new_one_off(
    decision: Decision, lines: tuple[Line, ...], ctx: EventContext, *, due_days: int | None = None
) -> Invoice:
    """Return an invoice of *lines* of today, due in *due_days*, or by the calendar."""
    return new_invoice(
        decision.account,
        lines=lines,
        period=Period(ctx.today, ctx.today),
        issued_at=ctx.at,
        kind=InvoiceKind.ONE_OFF,
        ctx=ctx,
        due_days=due_days,
    )


def lines_of_items(
    items: Iterable[InvoiceItem], sub: Subscription, *, on: date, policy: Policy
) -> tuple[Line, ...]:
    """Return the charges for *items* of a subscription; its discounts are not on an invoice of their own."""
    return item_lines(items, plan_id=sub.terms.plan_id, on=on, profile=sub.tax_profile, policy=policy)


def last_lines(sub: Subscription, *, on: date, policy: Policy) -> tuple[Line, ...]:
    """Return what a subscription is billed that ends on a day: items that wait, and the fee for its end.

    What was never paid for leaves nothing to pay (rules 10, 15).
    """
    if sub.activated_at is None:
        return ()
    penalty = () if sub.cancel_penalty is None else (sub.cancel_penalty,)
    return lines_of_items((*sub.items, *penalty), sub, on=on, policy=policy)
