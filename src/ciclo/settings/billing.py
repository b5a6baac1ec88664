"""The seller, and what they choose of the billing rules."""

from typing import Final
from zoneinfo import available_timezones

from pydantic import BaseModel, Field, field_validator

from ciclo.domain.bank_days import BankingDays, local_banking_days
from ciclo.domain.collection import Calendar, terms_of_days
from ciclo.domain.errors.general import UnknownCurrency
from ciclo.domain.lines.tax_rate import TaxRule
from ciclo.domain.money import exponent
from ciclo.domain.period import BillingCycle
from ciclo.domain.policy import LostDispute, Policy
from ciclo.settings.choices import CommaDays, RetryDays

_TERMS: Final = (27, 365, 365)
"""The most of each of a calendar's days; a lead is shorter than the shortest cycle (rule 28)."""

REMINDER_DAYS_MAX: Final = 60


class BillingSettings(BaseModel):
    """The billing rules' choices: a change of them is kept as a new policy, and old events name theirs."""

    currency: str = "BRL"
    timezone: str = "America/Sao_Paulo"
    retry_days: RetryDays = Field(default=(2, 5, 7, 7), min_length=1)
    grace_days: int = Field(default=7, ge=0, le=365)
    pending_days: int = Field(default=30, ge=1, le=365)
    withdrawal_days: int = Field(default=7, ge=0, le=365)
    customers_get_days_back: bool = False
    """Whether customers too may ask for what gives money back for days that are to come (rule 39)."""
    tax_basis_points: int = Field(default=0, ge=0, le=10_000)
    tax_rules: tuple[TaxRule, ...] = ()
    banking_days: BankingDays | None = None
    card_days: CommaDays = (0, 0, 0)
    """This and the next four: from issue to the boundary, from there to pay, and to pay a first invoice."""
    pix_days: CommaDays = (5, 0, 1)
    boleto_days: CommaDays = (7, 0, 3)
    invoice_days: CommaDays = (0, 15, 15)
    external_days: CommaDays = (0, 3, 3)
    boleto_settlement_days: int = Field(default=3, ge=0, le=30)
    pix_settlement_days: int = Field(default=0, ge=0, le=30)
    trial_ending_days: int = Field(default=3, ge=0, le=REMINDER_DAYS_MAX)
    upcoming_invoice_days: CommaDays = (0, 7, 15, 15)
    """For plans of 1, 3, 6 and 12 months."""
    on_dispute_lost: LostDispute = LostDispute.WRITE_OFF
    refund_days: int = Field(default=5, ge=0, le=30)
    two_persons_above_cents: int | None = Field(default=None, ge=0)
    """In minor units of `currency`: what is sent back beyond it needs a second person; None: nothing does."""
    seller_name: str = "Ciclo Demo Ltda."
    seller_tax_id: str = "11.222.333/0001-81"
    seller_address: str = "Avenida Paulista, 1000, São Paulo, SP"

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("not an IANA time zone such as America/Sao_Paulo")
        return value

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, value: str) -> str:
        try:
            exponent(value)
        except UnknownCurrency as error:
            raise ValueError(str(error)) from error
        return value

    @field_validator("card_days", "pix_days", "boleto_days", "invoice_days", "external_days")
    @classmethod
    def _calendar_days(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if len(value) != len(_TERMS) or any(
            not 0 <= days <= limit for days, limit in zip(value, _TERMS, strict=True)
        ):
            raise ValueError(f"three numbers of days, at most {', '.join(map(str, _TERMS))}")
        return value

    @field_validator("upcoming_invoice_days")
    @classmethod
    def _days_of_cycles(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if len(value) != len(BillingCycle) or not all(0 <= days <= REMINDER_DAYS_MAX for days in value):
            raise ValueError(f"four numbers of days, at most {REMINDER_DAYS_MAX}")
        return value

    @property
    def policy(self) -> Policy:
        """Return the billing rules' choices."""
        return Policy(
            timezone=self.timezone,
            retry_days=self.retry_days,
            grace_days=self.grace_days,
            pending_days=self.pending_days,
            withdrawal_days=self.withdrawal_days,
            tax_basis_points=self.tax_basis_points,
            tax_rules=self.tax_rules,
            calendar=Calendar(
                credit_card=terms_of_days(self.card_days),
                pix=terms_of_days(self.pix_days, settlement_days=self.pix_settlement_days),
                boleto=terms_of_days(self.boleto_days, settlement_days=self.boleto_settlement_days),
                invoice=terms_of_days(self.invoice_days),
                external=terms_of_days(self.external_days),
            ),
            banking_days=self.banking_days or local_banking_days(self.timezone),
            trial_ending_days=self.trial_ending_days,
            upcoming_invoice_days=self.upcoming_invoice_days,
            on_dispute_lost=self.on_dispute_lost,
        )
