"""Debts: who owes an invoice that is past due neither starts nor upgrades by self-service (rule 40)."""

from ciclo.actions.caller import Caller
from ciclo.actions.dependencies import Deps
from ciclo.domain.errors.payments import InvoiceUnpaid
from ciclo.domain.ids import CustomerId
from ciclo.domain.period import local_date
from ciclo.store.invoices import find_past_due
from ciclo.store.subscriptions import find_never_paid


async def require_no_debt(deps: Deps, customer_id: CustomerId, *, caller: Caller) -> None:
    """Refuse what a customer asks for who owes an invoice that is past due; operators may do it.

    A first invoice that nobody paid is no debt: nothing was served, and it is voided with its subscription.

    Raises:
        InvoiceUnpaid: it names the oldest one.
    """
    if caller.is_admin:
        return
    today = local_date(await deps.clock.now(), deps.policy.timezone)
    never_paid = await find_never_paid(deps.store, customer_id)
    owed = await find_past_due(deps.store, customer_id, today=today, but_of=never_paid)
    if owed is not None:
        what = f"invoice {owed.number} ({owed.id}), due on {owed.due_on},"
        raise InvoiceUnpaid(what, invoice_id=owed.id)
