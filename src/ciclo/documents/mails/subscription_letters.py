"""Letters about a subscription: what comes next, what changed, and its end."""

from dataclasses import dataclass
from datetime import datetime

from ciclo.documents.figures import long_date, money_text, short_date
from ciclo.documents.language import Language
from ciclo.documents.mails.letter import Button, Letter, LetterRow
from ciclo.documents.mails.render import fill_template, fit
from ciclo.documents.mails.texts import MAIL_WORDS
from ciclo.documents.receipt import card_text
from ciclo.documents.texts import WORDS
from ciclo.domain.payment import PaymentMethod
from ciclo.domain.period import local_date
from ciclo.domain.subscription import Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionFacts:
    """A subscription as it stands at `now`, and who reads of it."""

    subscription: Subscription
    customer_name: str
    seller_name: str
    timezone: str
    language: Language
    now: datetime
    link: str


def ahead_letter(kind: str, facts: SubscriptionFacts) -> Letter:
    """Return what is said of the charge at the end of the present period, or of the trial."""
    labels, sub = MAIL_WORDS[facts.language], facts.subscription
    label = labels.first_charge if sub.trial == sub.period else labels.next_charge
    row = LetterRow(label=label, value=short_date(sub.period.end, facts.language))
    return _letter(kind, facts, rows=(row,), on=long_date(sub.period.end, facts.language))


def card_letter(kind: str, facts: SubscriptionFacts, method: PaymentMethod) -> Letter:
    """Return what is said of a card that is about to end; *method* has its last day."""
    labels = MAIL_WORDS[facts.language]
    assert method.expires_on is not None, "who calls this has looked"
    # As it stands on the card.
    month = f"{method.expires_on:%m/%Y}"
    card = card_text(WORDS[facts.language], method)
    rows = (LetterRow(label=labels.card, value=card), LetterRow(label=labels.expires, value=month))
    return _letter(kind, facts, rows=rows, button=labels.change_card, card=card, month=month)


def letter_of_end(kind: str, facts: SubscriptionFacts) -> Letter:
    """Return what is said of a subscription that ended."""
    sub = facts.subscription
    day = local_date(sub.ended_at or facts.now, facts.timezone)
    row = LetterRow(label=MAIL_WORDS[facts.language].ended, value=short_date(day, facts.language))
    return _letter(kind, facts, rows=(row,), on=long_date(day, facts.language), with_price=False)


def letter_of_change(
    kind: str, facts: SubscriptionFacts, *, before: str, after: str, lines: tuple[LetterRow, ...]
) -> Letter:
    """Return what is said of new terms; *lines* are what the change billed, if it did."""
    return _letter(kind, facts, rows=lines, before=fit(before), after=fit(after))


def _letter(
    kind: str,
    facts: SubscriptionFacts,
    *,
    rows: tuple[LetterRow, ...],
    with_price: bool = True,
    button: str | None = None,
    **values: str,
) -> Letter:
    labels, terms, seller = MAIL_WORDS[facts.language], facts.subscription.terms, fit(facts.seller_name)
    plan = fit(terms.plan_name)
    price = money_text(terms.price, terms.currency, facts.language)
    known = {"name": fit(facts.customer_name), "seller": seller, "plan": plan, "price": price}
    subject, paragraphs = fill_template(kind, facts.language, known | values)
    return Letter(
        language=facts.language,
        subject=subject,
        paragraphs=paragraphs,
        rows=(
            LetterRow(label=labels.plan, value=plan),
            *((LetterRow(label=labels.price, value=price),) if with_price else ()),
            *rows,
        ),
        button=Button(label=button or labels.see_subscription, url=facts.link),
        closing=(labels.why.format(seller=seller),),
    )
