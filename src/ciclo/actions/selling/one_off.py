"""One-off invoices: what an operator bills a subscription's customer at once."""

from dataclasses import dataclass
from functools import partial

from ciclo.actions.caller import Caller
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.invoices import get_invoice
from ciclo.actions.processing.commands import apply_command, preview_command
from ciclo.actions.selling.items import ItemDraft, item_of
from ciclo.actions.subscriptions import command_event, get_subscription
from ciclo.domain.errors.general import BillingError, InvalidValue
from ciclo.domain.events.event import Event
from ciclo.domain.events.selling import InvoiceCreated
from ciclo.domain.ids import InvoiceId
from ciclo.domain.invoice import Invoice
from ciclo.domain.lifecycle.calendar import DUE_DAYS_MAX
from ciclo.domain.lines.item import InvoiceItem, validate_item, validate_items
from ciclo.store.idempotency import IdempotentRequest
from ciclo.store.ledger.beside import Beside


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDraft:
    """Whom to bill, by which of their subscriptions, for what; `due_days` None: those of its calendar."""

    subscription_id: str
    items: tuple[ItemDraft, ...]
    due_days: int | None


async def create_invoice(
    deps: Deps, draft: InvoiceDraft, *, caller: Caller, request: IdempotentRequest | None = None
) -> Invoice:
    """Issue an invoice of items now; a card is charged for it, a code handed out, as its subscription says.

    Raises:
        SubscriptionNotFound: it is not there.
        CurrencyMismatch: it is billed in another currency than an item.
        InvalidValue, AmountOutOfRange: an item is none, or the days to pay are too many.
    """

    async def act(answer_for: AnswerFor) -> Invoice:
        event, invoice_id = await _event(deps, draft, caller=caller)
        entry = await apply_command(deps, event, beside=Beside(answer=answer_for(invoice_id)))
        # Its number is given where it is stored.
        return await get_invoice(deps, entry.decision.account.invoices[invoice_id].id, caller=caller)

    return await run_once(deps, request, act, find=partial(get_invoice, deps, caller=caller))


async def preview_invoice(deps: Deps, draft: InvoiceDraft, *, caller: Caller) -> Invoice:
    """Return the invoice that `create_invoice` would issue now.

    Raises:
        BillingError: whatever that would be refused for.
    """
    event, invoice_id = await _event(deps, draft, caller=caller)
    entry = await preview_command(deps, event)
    return entry.decision.account.invoices[invoice_id]


async def _event(deps: Deps, draft: InvoiceDraft, *, caller: Caller) -> tuple[Event, InvoiceId]:
    subscription = await get_subscription(deps, draft.subscription_id, owner=caller.owner)
    if draft.due_days is not None and not 0 <= draft.due_days <= DUE_DAYS_MAX:
        raise InvalidValue(f"0 to {DUE_DAYS_MAX} days", field=("days_to_pay",))
    items = _items(deps, draft, subscription.terms.currency)
    at = await deps.clock.now()
    payload = InvoiceCreated(
        invoice_id=InvoiceId(generate_id("inv", at)), items=items, due_days=draft.due_days
    )
    event = command_event(payload, subscription_id=subscription.id, caller=caller, at=at)
    return event, payload.invoice_id


def _items(deps: Deps, draft: InvoiceDraft, currency: str) -> tuple[InvoiceItem, ...]:
    """Return the items, each with its place in the list where it is refused."""
    items = []
    for place, one in enumerate(draft.items):
        try:
            items.append(validate_item(item_of(deps, one, currency)))
        except BillingError as error:
            raise error.at("items", str(place), *error.field) from None
    return validate_items(tuple(items))
