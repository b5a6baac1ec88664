"""What an invoice's pages are made from: the invoice, who pays whom, what was paid, language and time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from ciclo.documents.figures import long_date, money_text, short_date
from ciclo.documents.language import Language
from ciclo.documents.sanitize import sanitize_text
from ciclo.documents.texts import WORDS, Texts
from ciclo.domain.customer import Addressee, Customer, addressee_of
from ciclo.domain.invoice import CreditNote, Invoice
from ciclo.domain.payment import Payment
from ciclo.domain.period import local_date
from ciclo.settings.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """Who issues invoices, and in which time zone their days begin."""

    name: str
    tax_id: str
    address: str
    timezone: str

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the seller that *settings* name."""
        return cls(
            name=settings.seller_name,
            tax_id=settings.seller_tax_id,
            address=settings.seller_address,
            timezone=settings.timezone,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFacts:
    """An invoice as it stands at `now`; `payments` and `credit_notes` are its own, oldest first."""

    invoice: Invoice
    seller: Seller
    customer: Customer
    payments: Sequence[Payment] = ()
    credit_notes: Sequence[CreditNote] = ()
    language: Language
    now: datetime

    @property
    def texts(self) -> Texts:
        """Return the words of the language."""
        return WORDS[self.language]

    @property
    def number(self) -> str:
        """Return what the invoice is called."""
        return self.invoice.number or self.invoice.id

    @property
    def addressee(self) -> Addressee:
        """Return whom the invoice names: the customer as of its issue, where more was known than an e-mail.

        Else, and on invoices of before that was kept, as of today (rule 43).
        """
        kept = self.invoice.addressee
        if kept is None or kept == Addressee(email=kept.email):
            return addressee_of(self.customer)
        return kept

    @property
    def customer_name(self) -> str:
        """Return what the customer is called: the name where it is known, or the e-mail address."""
        return sanitize_text(self.addressee.name or "") or sanitize_text(self.addressee.email)

    @property
    def today(self) -> date:
        """Return the seller's date."""
        return self.day(self.now)

    def day(self, instant: datetime) -> date:
        """Return the seller's date at *instant*."""
        return local_date(instant, self.seller.timezone)

    def money(self, amount: int) -> str:
        """Return *amount* minor units of the invoice's currency."""
        return money_text(amount, self.invoice.currency, self.language)

    def long(self, day: date) -> str:
        """Return *day* as a sentence has it."""
        return long_date(day, self.language)

    def short(self, day: date) -> str:
        """Return *day* as a table has it."""
        return short_date(day, self.language)
