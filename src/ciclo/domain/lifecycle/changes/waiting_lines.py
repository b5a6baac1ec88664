"""Lines that wait for the next invoice: what a change billed for which nothing was asked yet (rule 14).

They are no part of an invoice, so their charges are shortened where service ends or changes, instead of being
credited. The days that they give back are reserved on the invoice that billed them, as if it was issued.
"""

from collections.abc import Iterable
from datetime import date, datetime

from ciclo.copies import replace
from ciclo.domain.account import Account
from ciclo.domain.ids import InvoiceId
from ciclo.domain.invoice import InvoiceKind, Line, LineKind
from ciclo.domain.lifecycle.billing import issue_invoice, new_invoice
from ciclo.domain.lifecycle.decision import Decision, EventContext
from ciclo.domain.lifecycle.payments.allocation import void_invoice
from ciclo.domain.lifecycle.payments.money_back import Share, add_credit_note, bill_line, reserve_credit
from ciclo.domain.money import half_up
from ciclo.domain.period import Period
from ciclo.domain.proration import fit_line, negate_line, shorten_line


def shorten_charges(lines: Iterable[Line], *, until: date) -> tuple[Line, ...]:
    """Return *lines* with no charge for a day from *until* on; the credits among them stay as they are."""
    return _shorten(lines, until=until, kinds={LineKind.SERVICE})


def pause_waiting_lines(decision: Decision, ctx: EventContext) -> Decision:
    """Return the decision with what waits charging nothing from today on.

    What the customer gets of it goes onto the balance; what they owe waits for the invoice of the resumption.
    """
    account = _end_service(decision.account, on=ctx.today, gives_back=True)
    return _credit(replace(decision, account=account), reason="pause", ctx=ctx)


def end_waiting_lines(decision: Decision, ctx: EventContext, *, gives_back: bool) -> Decision:
    """Reckon what waits for the days of service that were had, since no other invoice comes.

    What the customer gets of it goes onto the balance. What they owe is a last invoice, which is owed like
    any other one that is open at the end, and which the clock charges nobody for. *gives_back*: the days that
    were paid and are not used any more are credited, too.
    """
    account = _end_service(decision.account, on=ctx.today, gives_back=gives_back)
    decision = _credit(replace(decision, account=account), reason="cancellation", ctx=ctx)
    sub = decision.account.subscription
    decision = decision.with_subscription(replace(sub, waiting=None))
    lines = sub.waiting_lines
    if not lines:
        return decision
    period = Period(min(line.service.start for line in lines), max(line.service.end for line in lines))
    kind = InvoiceKind.PLAN_CHANGE
    invoice = new_invoice(decision.account, lines=lines, period=period, issued_at=ctx.at, kind=kind, ctx=ctx)
    return issue_invoice(decision, invoice, ctx)


def release_unused(account: Account, *, on: date) -> tuple[Account, list[Share]]:
    """Return what is to go back of the paid days that lines which wait credit, and the account without it.

    The lines bill the days until *on* then, paid by what is left of their credit.
    """
    ended = _end_service(account, on=on, gives_back=True)
    waiting = ended.subscription.waiting
    credits_ = [line for line in ended.subscription.waiting_lines if line.kind is LineKind.UNUSED]
    if waiting is None or waiting.invoice_id is None or not credits_:
        return account, []
    credit = credits_[-1]
    amount = min(-sum(line.total for line in waiting.lines), -credit.total)
    if amount <= 0:
        return account, []
    kept_tax = -half_up(credit.tax * (credit.total + amount), -credit.total)
    kept = replace(fit_line(credit, credit.total + amount, tax=kept_tax), capped=True)
    given = fit_line(replace(credit, discounts=()), -amount, tax=credit.tax - kept_tax)
    lines = tuple(kept if line is credit else line for line in waiting.lines)
    lines = tuple(line for line in lines if line.kind is LineKind.SERVICE or line.total)
    released = _release(ended, waiting.invoice_id, (given,))
    sub = replace(ended.subscription, waiting=replace(waiting, lines=lines))
    billed = (bill_line(account.invoices[waiting.invoice_id]),)
    share = Share(invoice_id=waiting.invoice_id, billed=billed, days=credit.service, amount=amount)
    return released.with_subscription(sub), [share]


def drop_waiting_lines(account: Account, *, at: datetime) -> Account:
    """Return the account with nothing waiting, nor on an open invoice that was issued ahead with it.

    The days that it credits go back to the invoice that billed them.
    """
    sub = account.subscription
    ahead = account.invoices[sub.next_coverage.invoice_id] if sub.next_coverage else None
    if ahead is not None and ahead.is_open:
        account = void_invoice(account, ahead.id, at=at)
    waiting = sub.waiting
    if waiting is None:
        return account
    account = account.with_subscription(replace(account.subscription, waiting=None))
    return _release(account, waiting.invoice_id, waiting.lines)


def _end_service(account: Account, *, on: date, gives_back: bool) -> Account:
    """Return the account with what waits billing no day from *on* on.

    Unless it *gives_back* days that were paid, credits end there, too: the rest goes back to their invoice.
    """
    sub = account.subscription
    waiting = sub.waiting
    if waiting is None:
        return account
    kinds = {LineKind.SERVICE} if gives_back else set(LineKind)
    lines = _shorten(waiting.lines, until=on, kinds=kinds)
    account = account.with_subscription(replace(sub, waiting=replace(waiting, lines=lines)))
    released = _release(account, waiting.invoice_id, waiting.lines)
    return released if waiting.invoice_id is None else reserve_credit(released, waiting.invoice_id, lines)


def _release(account: Account, invoice_id: InvoiceId | None, lines: tuple[Line, ...]) -> Account:
    """Take back what *lines* credit of an invoice."""
    if invoice_id is None:
        return account
    return reserve_credit(account, invoice_id, tuple(negate_line(line) for line in lines))


def _credit(decision: Decision, *, reason: str, ctx: EventContext) -> Decision:
    """Put what waits onto the balance if it is less than nothing, by a credit note."""
    sub = decision.account.subscription
    waiting = sub.waiting
    if waiting is None or waiting.invoice_id is None or sum(line.total for line in waiting.lines) >= 0:
        return decision
    noted = add_credit_note(
        decision, waiting.invoice_id, waiting.lines, reason=reason, facts=ctx.event.id, ctx=ctx
    )
    return noted.with_subscription(replace(sub, waiting=None))


def _shorten(lines: Iterable[Line], *, until: date, kinds: set[LineKind]) -> tuple[Line, ...]:
    shorter = (shorten_line(line, until=until) if line.kind in kinds else line for line in lines)
    return tuple(line for line in shorter if line is not None)
