"""What operators ask of mails: what one would say, one that is to be sent now, and other rules."""

import base64
from collections.abc import Sequence
from dataclasses import replace

from ciclo.actions.access.operations import new_operation
from ciclo.actions.contention import retry_on_contention
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.mails.letters import letter_of
from ciclo.actions.mails.write import sends_mail
from ciclo.documents.mails.render import CODE_NAME, render_mail
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.errors.mails import MailNotSetUp
from ciclo.domain.errors.payments import InvoiceNotFound, InvoiceNotOpen
from ciclo.domain.ids import MailId, parse_id
from ciclo.domain.mails.mail import Mail, MailKind, VoidMailReason
from ciclo.domain.mails.rules import OF_INVOICES, MailRule, MailRules, mail_rules, validate_rule
from ciclo.gateways.codes.qr import qr_png
from ciclo.store.customers import find_customer
from ciclo.store.idempotency import IdempotentRequest
from ciclo.store.invoices import find_invoice
from ciclo.store.mails.mails import MailContent, add_asked_mail
from ciclo.store.mails.rules import find_mail_rules, replace_mail_rules
from ciclo.viewer import Actor

SENDABLE = frozenset({MailKind.INVOICE_ISSUED, *OF_INVOICES})
"""Kinds that an operator may send of an open invoice."""


async def preview_mail(deps: Deps, kind: MailKind, about: str) -> MailContent | VoidMailReason:
    """Return what a mail of this kind about this object would say now; nothing is written.

    Raises:
        InvalidValue: that kind is about nothing that can be shown.
    """
    if kind is MailKind.SIGN_IN:
        raise InvalidValue("a sign-in holds a link that is made when it is asked for", field=("kind",))
    now = await deps.clock.now()
    shown = {"amount": "0", "before": "…", "after": "…", "invoice_id": ""}
    mail = Mail(
        id=MailId(generate_id("mail", now)),
        kind=kind,
        to="",
        about=about,
        facts=shown,
        at=now,
        created_at=now,
        next_at=None,
    )
    letter = await letter_of(deps, mail)
    if isinstance(letter, VoidMailReason):
        return letter
    written = render_mail(letter, deps.settings.brand)
    return MailContent(subject=written.subject, text=written.text, page=written.page, codes=written.codes)


def page_with_pictures(content: MailContent) -> str:
    """Return a mail's page with its codes drawn in it, as mail programs show them."""
    page = content.page
    for place, code in enumerate(content.codes):
        picture = base64.b64encode(qr_png(code)).decode()
        page = page.replace(f"cid:{CODE_NAME.format(place=place)}", f"data:image/png;base64,{picture}")
    return page


async def send_mail(
    deps: Deps,
    invoice_id: str,
    kind: MailKind,
    *,
    by: Actor,
    request: IdempotentRequest | None = None,
) -> MailId:
    """Have a mail about an open invoice sent now, whatever the rules say; return its id.

    Raises:
        MailNotSetUp: mails go nowhere.
        InvalidValue: it is no kind about an open invoice.
        MalformedId, InvoiceNotFound, InvoiceNotOpen: there is nothing to send.
    """
    if not sends_mail(deps):
        raise MailNotSetUp
    if kind not in SENDABLE:
        raise InvalidValue("only mails about an open invoice can be sent", field=("kind",))
    invoice = await find_invoice(deps.store, parse_id("inv", invoice_id), owner=None)
    customer = await find_customer(deps.store, invoice.customer_id) if invoice else None
    if invoice is None or customer is None:
        raise InvoiceNotFound
    if not invoice.is_open:
        raise InvoiceNotOpen(invoice.status.value)
    at, now = await deps.clock.now(), deps.wall()
    mail = Mail(
        id=MailId(generate_id("mail", now)),
        kind=kind,
        to=customer.email,
        about=invoice.id,
        customer_id=customer.id,
        asked=True,
        at=at,
        created_at=now,
        next_at=now,
    )

    async def act(answer_for: AnswerFor) -> MailId:
        operation = new_operation(deps, by, "sendMail", invoice.id, after={"kind": kind, "mail_id": mail.id})
        await add_asked_mail(deps.store, mail, operation, answer=answer_for(mail.id))
        return mail.id

    async def find(mail_id: str) -> MailId:
        return MailId(mail_id)

    return await run_once(deps, request, act, find=find)


async def update_mail_rules(
    deps: Deps, changed: Sequence[MailRule], *, by: Actor, request: IdempotentRequest | None = None
) -> MailRules:
    """Replace the rules of some kinds; the others stay.

    Raises:
        InvalidValue: a rule makes no sense.
        Conflict: others kept changing them.
    """
    wanted = {rule.kind: validate_rule(replace(rule)) for rule in changed}

    async def change(answer_for: AnswerFor) -> MailRules:
        before, version = await find_mail_rules(deps.store)
        after = mail_rules([*before.values(), *wanted.values()])
        operation = new_operation(
            deps,
            by,
            "updateMailRules",
            "mail_rules",
            before={kind.value: _told(before[kind]) for kind in wanted},
            after={kind.value: _told(after[kind]) for kind in wanted},
        )
        answer = answer_for("mail_rules")
        await replace_mail_rules(deps.store, tuple(after.values()), operation, version=version, answer=answer)
        return after

    async def find(_: str) -> MailRules:
        return (await find_mail_rules(deps.store))[0]

    async def act(answer_for: AnswerFor) -> MailRules:
        return await retry_on_contention(lambda: change(answer_for))

    return await run_once(deps, request, act, find=find)


def _told(rule: MailRule) -> str:
    days = f" {','.join(map(str, rule.days))}" if rule.days else ""
    return ("on" if rule.enabled else "off") + days
