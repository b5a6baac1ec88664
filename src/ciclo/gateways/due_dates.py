"""Until when the code of a charge can be paid: as its order says, else as the settings do (rule 31)."""

from datetime import date, datetime, timedelta

from ciclo.domain.period import local_date, start_of_day
from ciclo.gateways.protocol import Charge
from ciclo.settings.settings import Settings


def boleto_due_on(charge: Charge, settings: Settings, *, timezone: str) -> date:
    """Return the last day to pay the boleto of *charge*."""
    days = timedelta(days=settings.boleto_due_days)
    return charge.order.due_on or local_date(charge.requested_at, timezone) + days


def pix_payable_until(charge: Charge, settings: Settings) -> datetime:
    """Return until when the PIX code of *charge* can be paid: the end of its last day."""
    if charge.order.due_on is None:
        return charge.requested_at + timedelta(seconds=settings.pix_expires_after_s)
    return start_of_day(charge.order.due_on + timedelta(days=1), settings.timezone)


def pix_expires_after_s(charge: Charge, settings: Settings) -> int:
    """Return for how many seconds the PIX code of *charge* can be paid, from when it was asked for."""
    return int((pix_payable_until(charge, settings) - charge.requested_at).total_seconds())
