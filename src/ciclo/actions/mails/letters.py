"""What a mail says: its letter, written from what there is when it is sent."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from ciclo.actions.dependencies import Deps
from ciclo.actions.mails.links import invoice_link, subscription_link
from ciclo.actions.webhooks.secrets import Sealer
from ciclo.documents.invoice_facts import InvoiceFacts, Seller
from ciclo.documents.language import Language
from ciclo.documents.mails.invoice_letters import dun_letter, lines_of, receipt_letter, refund_letter
from ciclo.documents.mails.letter import Button, Letter, LetterRow
from ciclo.documents.mails.render import fill_template, fit
from ciclo.documents.mails.subscription_letters import (
    SubscriptionFacts,
    ahead_letter,
    card_letter,
    letter_of_change,
    letter_of_end,
)
from ciclo.documents.mails.texts import MAIL_WORDS
from ciclo.domain.customer import Customer
from ciclo.domain.mails.mail import Mail, MailKind, VoidMailReason
from ciclo.domain.mails.news import FIRST_ASKED
from ciclo.domain.payment import Payment
from ciclo.domain.payments.attempt import awaits_confirmation
from ciclo.domain.subscription import IN_SERVICE, Status, Subscription
from ciclo.domain.webhooks.endpoint import DisableReason, SealedSecret
from ciclo.store.customers import find_customer
from ciclo.store.invoices import find_invoice
from ciclo.store.mails.cards import find_subscriptions_by_card
from ciclo.store.payment_receipts import take_receipt
from ciclo.store.payments import find_payment, payments_of_invoices
from ciclo.store.subscriptions import find_subscription
from ciclo.store.webhooks.endpoints import find_endpoint

MINUTES_MIN: Final = 1

Written = Letter | VoidMailReason


async def letter_of(deps: Deps, mail: Mail) -> Written:
    """Return what *mail* says now, or why there is nothing to say any more.

    Raises:
        EncryptionNotSetUp: the key is gone that its link is kept with.
    """
    return await _WRITERS[mail.kind](deps, mail)


async def _sign_in(deps: Deps, mail: Mail) -> Written:
    if mail.sealed is None or mail.useful_until is None:
        return VoidMailReason.TOO_LATE
    url = Sealer(deps.settings).unseal(SealedSecret(text=mail.sealed))
    assert urlsplit(url).scheme in {"http", "https"}, "a link that opens something is an address"
    language = Language(deps.settings.mail_language)
    minutes = max(MINUTES_MIN, round((mail.useful_until - deps.wall()).total_seconds() / 60))
    values = {"seller": fit(deps.settings.brand.name), "minutes": minutes}
    subject, paragraphs = fill_template(mail.kind, language, values)
    button = Button(label=MAIL_WORDS[language].sign_in, url=url)
    return Letter(language=language, subject=subject, paragraphs=paragraphs, button=button)


async def _disabled(deps: Deps, mail: Mail) -> Written:
    endpoint = await find_endpoint(deps.store, mail.about)
    if endpoint is None or endpoint.is_enabled:
        return VoidMailReason.SETTLED
    language = Language(deps.settings.mail_language)
    values = {
        "seller": fit(deps.settings.brand.name),
        "address": fit(endpoint.url),
        "gone": endpoint.disable_reason is DisableReason.GONE,
    }
    subject, paragraphs = fill_template(mail.kind, language, values)
    url = f"{deps.settings.base_url.rstrip('/')}/admin/webhooks"
    button = Button(label=MAIL_WORDS[language].see_webhooks, url=url)
    return Letter(language=language, subject=subject, paragraphs=paragraphs, button=button)


async def _dun(deps: Deps, mail: Mail) -> Written:
    facts = await _invoice_facts(deps, mail.about)
    if facts is None or not facts.invoice.is_open or not facts.invoice.amount_due:
        return VoidMailReason.SETTLED
    return dun_letter(mail.kind, facts, link=await invoice_link(deps, facts.invoice.id))


async def _failed(deps: Deps, mail: Mail) -> Written:
    """Return that a charge failed; of a first one only that the bank asks, as long as it does."""
    if FIRST_ASKED in mail.facts:
        facts = await _invoice_facts(deps, mail.about)
        if facts is None or not any(awaits_confirmation(payment) for payment in facts.payments):
            return VoidMailReason.SETTLED
    return await _dun(deps, mail)


async def _receipt(deps: Deps, mail: Mail) -> Written:
    found = await _paid(deps, mail)
    if found is None:
        return VoidMailReason.SETTLED
    payment, facts = found
    receipt = await take_receipt(deps.store, payment.id, at=facts.now)
    link = await invoice_link(deps, facts.invoice.id)
    return receipt_letter(mail.kind, facts, payment, number=receipt.number, link=link)


async def _refund(deps: Deps, mail: Mail) -> Written:
    found = await _paid(deps, mail)
    if found is None:
        return VoidMailReason.SETTLED
    payment, facts = found
    link = await invoice_link(deps, facts.invoice.id)
    return refund_letter(mail.kind, facts, payment, amount=int(mail.facts["amount"]), link=link)


async def _paid(deps: Deps, mail: Mail) -> tuple[Payment, InvoiceFacts] | None:
    payment = await find_payment(deps.store, mail.about, owner=None)
    facts = await _invoice_facts(deps, payment.invoice_id) if payment else None
    return (payment, facts) if payment and facts else None


async def _ahead(deps: Deps, mail: Mail) -> Written:
    """Return what comes next, unless it does not come any more."""
    facts = await _subscription_facts(deps, mail.about)
    wanted = {Status.TRIALING} if mail.kind is MailKind.TRIAL_ENDING else IN_SERVICE
    if facts is None or facts.subscription.status not in wanted or facts.subscription.is_to_stop:
        return VoidMailReason.SETTLED
    return ahead_letter(mail.kind, facts)


async def _changed(deps: Deps, mail: Mail) -> Written:
    facts = await _subscription_facts(deps, mail.about)
    if facts is None or not facts.subscription.is_live:
        return VoidMailReason.SETTLED
    lines: tuple[LetterRow, ...] = ()
    if mail.facts["invoice_id"]:
        billed = await _invoice_facts(deps, mail.facts["invoice_id"])
        lines = lines_of(billed) if billed else ()
    return letter_of_change(
        mail.kind, facts, before=mail.facts["before"], after=mail.facts["after"], lines=lines
    )


async def _card_expiring(deps: Deps, mail: Mail) -> Written:
    """Return that a card ends, unless nothing that goes on is paid by it any more."""
    facts = await _subscription_facts(deps, mail.about)
    if facts is not None and mail.customer_id is not None:
        found = await find_subscriptions_by_card(
            deps.store,
            mail.customer_id,
            last_four=mail.facts["last_four"],
            expires_on=mail.facts["expires_on"],
        )
        going_on = next((sub for sub in found if not sub.is_to_stop), None)
        facts = replace(facts, subscription=going_on) if going_on else None
    method = facts.subscription.method if facts else None
    if facts is None or method is None or method.expires_on is None:
        return VoidMailReason.SETTLED
    return card_letter(mail.kind, facts, method)


async def _ended(deps: Deps, mail: Mail) -> Written:
    facts = await _subscription_facts(deps, mail.about)
    return VoidMailReason.SETTLED if facts is None else letter_of_end(mail.kind, facts)


async def _invoice_facts(deps: Deps, invoice_id: str) -> InvoiceFacts | None:
    invoice = await find_invoice(deps.store, invoice_id, owner=None)
    customer = await find_customer(deps.store, invoice.customer_id) if invoice else None
    if invoice is None or customer is None:
        return None
    payments = await payments_of_invoices(deps.store, [invoice.id])
    return InvoiceFacts(
        invoice=invoice,
        seller=Seller.of(deps.settings),
        customer=customer,
        payments=payments.get(invoice.id, []),
        language=_language(deps, customer),
        now=await deps.clock.now(),
    )


async def _subscription_facts(deps: Deps, subscription_id: str) -> SubscriptionFacts | None:
    found: Subscription | None = await find_subscription(deps.store, subscription_id, owner=None)
    customer = await find_customer(deps.store, found.customer_id) if found else None
    if found is None or customer is None:
        return None
    return SubscriptionFacts(
        subscription=found,
        customer_name=customer.name or "",
        seller_name=deps.settings.seller_name,
        timezone=deps.settings.timezone,
        language=_language(deps, customer),
        now=await deps.clock.now(),
        link=subscription_link(deps.settings),
    )


def _language(deps: Deps, customer: Customer) -> Language:
    return Language(customer.locale or deps.settings.mail_language)


_WRITERS: Final[Mapping[MailKind, Callable[[Deps, Mail], Awaitable[Written]]]] = {
    MailKind.SIGN_IN: _sign_in,
    MailKind.INVITATION: _sign_in,
    MailKind.TRIAL_ENDING: _ahead,
    MailKind.RENEWAL_AHEAD: _ahead,
    MailKind.INVOICE_ISSUED: _dun,
    MailKind.INVOICE_DUE: _dun,
    MailKind.INVOICE_OVERDUE: _dun,
    MailKind.PAYMENT_FAILED: _failed,
    MailKind.CARD_EXPIRING: _card_expiring,
    MailKind.PAYMENT_RECEIVED: _receipt,
    MailKind.PAYMENT_REFUNDED: _refund,
    MailKind.PLAN_CHANGED: _changed,
    MailKind.SUBSCRIPTION_CANCELLED: _ended,
    MailKind.WEBHOOK_ENDPOINT_DISABLED: _disabled,
}
