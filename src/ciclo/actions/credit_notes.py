"""Credit notes: an operator corrects a paid invoice."""

from dataclasses import dataclass
from functools import partial

from ciclo.actions.access.second_person import require_small_refunds
from ciclo.actions.caller import Caller
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.invoices import get_invoice
from ciclo.actions.processing.commands import apply_command
from ciclo.actions.refund_limits import can_send_back
from ciclo.actions.subscriptions import command_event
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.errors.payments import CreditNoteNotFound
from ciclo.domain.events.commands import CreditNoteCreated
from ciclo.domain.free_text import validate_reason
from ciclo.domain.ids import CreditNoteId, parse_id
from ciclo.domain.invoice import CreditDestination, CreditNote, Invoice
from ciclo.domain.money import Money
from ciclo.domain.payment import Payment
from ciclo.store.credit_notes import find_credit_note
from ciclo.store.idempotency import IdempotentRequest
from ciclo.store.ledger.beside import Beside
from ciclo.store.payments import payments_of_invoices


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What of an invoice is credited: an amount, whole lines by their places from 1, or all that is left."""

    amount: Money | None = None
    lines: tuple[int, ...] = ()
    whole: bool = False
    to: CreditDestination
    reason: str


async def create_credit_note(
    deps: Deps,
    invoice_id: str,
    correction: Correction,
    *,
    caller: Caller,
    request: IdempotentRequest | None = None,
) -> CreditNote:
    """Issue a credit note; what goes back to the payer is asked of the provider in the same transaction.

    Raises:
        InvalidValue: not exactly one of amount, lines and whole is given; or no reason, or a wrong one.
        ApprovalRequired: more would go back to the payer than one person may send.
        BillingError: see `lifecycle.payments.credit_notes.on_credit_note_created`.
    """
    _require_one(correction)
    reason = validate_reason(correction.reason)
    if reason is None:
        raise InvalidValue("say why: it is written on the credit note", field=("reason",))
    invoice = await get_invoice(deps, invoice_id, caller=caller)
    if correction.amount is not None:
        correction.amount.require(invoice.currency)

    async def act(answer_for: AnswerFor) -> CreditNote:
        at = await deps.clock.now()
        senders = await _senders(deps, invoice)
        payload = CreditNoteCreated(
            note_id=CreditNoteId(generate_id("crn", at)),
            invoice_id=invoice.id,
            reason=reason,
            amount=correction.amount.amount if correction.amount else None,
            lines=correction.lines,
            to=correction.to,
            payments=tuple(payment.id for payment in senders),
            whole_only=tuple(
                payment.id for payment in senders if not can_send_back(deps, payment, partly=True)
            ),
        )
        event = command_event(payload, subscription_id=invoice.subscription_id, caller=caller, at=at)
        await require_small_refunds(deps, event)
        await apply_command(deps, event, beside=Beside(answer=answer_for(payload.note_id)))
        return await get_credit_note(deps, payload.note_id, caller=caller)

    return await run_once(deps, request, act, find=partial(get_credit_note, deps, caller=caller))


async def get_credit_note(deps: Deps, credit_note_id: str, *, caller: Caller) -> CreditNote:
    """Return a credit note that *caller* may see; another's looks absent.

    Raises:
        MalformedId, CreditNoteNotFound: there is none.
    """
    note = await find_credit_note(deps.store, parse_id("crn", credit_note_id), owner=caller.owner)
    if note is None:
        raise CreditNoteNotFound
    return note


def _require_one(correction: Correction) -> None:
    given = (correction.amount is not None, bool(correction.lines), correction.whole)
    if sum(given) != 1:
        raise InvalidValue("give an amount, or lines, or say whole", field=("amount",))


async def _senders(deps: Deps, invoice: Invoice) -> list[Payment]:
    """Return the invoice's payments whose providers can send money back, the newest first."""
    payments = (await payments_of_invoices(deps.store, [invoice.id])).get(invoice.id, [])
    return [payment for payment in reversed(payments) if can_send_back(deps, payment)]
