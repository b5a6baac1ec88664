"""The seller's choices that rules depend on: data, so that a replay can use the ones of its day."""

from dataclasses import dataclass
from enum import StrEnum

from ciclo.domain.bank_days import BankingDays
from ciclo.domain.collection import Calendar
from ciclo.domain.lines.tax_rate import TaxRule


class LostDispute(StrEnum):
    """What becomes of an invoice whose money was lost in a dispute: it is owed again, or given up."""

    REOPEN = "REOPEN"
    WRITE_OFF = "WRITE_OFF"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How this seller bills. Days are local calendar days; rates are in basis points (1/100 of a percent).

    Source: billing rules 1, 9, 10, 15, 17, 28 to 31, 44.
    """

    timezone: str = "America/Sao_Paulo"
    retry_days: tuple[int, ...] = (2, 5, 7, 7)
    """Days from each failed attempt to the next one."""
    grace_days: int = 7
    """Days of access after the first failure."""
    pending_days: int = 30
    """Days that a subscription may wait for its first payment."""
    withdrawal_days: int = 7
    """Days after the first payment in which a contract can be withdrawn from."""
    tax_basis_points: int = 0
    """Tax added to each rounded line that no rule with a name is for."""
    tax_rules: tuple[TaxRule, ...] = ()
    """Rates with names, and what they are for (rule 38)."""
    calendar: Calendar | None = None
    """When invoices are issued and due. None, of before: issued on the boundary, due on the day of issue."""
    banking_days: BankingDays = BankingDays.NONE
    """Whose banking days PIX and boletos are due on."""
    trial_ending_days: int = 0
    """Days before a trial's end on which that is told; 0: it is not (rule 44)."""
    upcoming_invoice_days: tuple[int, ...] = (0, 0, 0, 0)
    """The same before the next invoice, for plans of 1, 3, 6 and 12 months."""
    on_dispute_lost: LostDispute = LostDispute.WRITE_OFF
    """What becomes of an invoice whose money was lost in a dispute (rule 20)."""
