"""Proration: the price of some days of a period, one rounding a line.

Source: billing rules 7 to 9.
"""

from dataclasses import replace
from datetime import date

from ciclo.domain.invoice import Line, LineKind
from ciclo.domain.money import half_up
from ciclo.domain.period import Period
from ciclo.domain.plan import Terms
from ciclo.domain.policy import Policy

_BASIS_POINTS = 10_000


def service_line(terms: Terms, *, service: Period, full: Period, policy: Policy) -> Line:
    """Return the charge for *service* days out of the *full* anchor-aligned period."""
    amount = half_up(terms.price * service.days, full.days)
    return Line(
        kind=LineKind.SERVICE,
        plan_id=terms.plan_id,
        plan_name=terms.plan_name,
        quantity=terms.quantity,
        unit_price=terms.unit_price,
        service=service,
        total_days=full.days,
        amount=amount,
        tax_basis_points=policy.tax_basis_points,
        tax=half_up(amount * policy.tax_basis_points, _BASIS_POINTS),
    )


def unused_line(charged: Line, *, unused: Period, left: int) -> Line | None:
    """Return the credit for the *unused* days of a *charged* line, capped at what is *left* of it.

    The same division as the charge's, and the same tax on the rounded line: a change that is taken
    back on its own day leaves zero. None where nothing is left to give back. *left* is in minor
    units with tax; when the cap bites, the tax is what remains of it and the line says so.
    """
    amount = half_up(charged.unit_price * charged.quantity * unused.days, charged.total_days)
    if amount <= 0 or left <= 0:
        return None
    tax = half_up(amount * charged.tax_basis_points, _BASIS_POINTS)
    capped = amount + tax > left
    if capped:
        tax = half_up(charged.tax * left, charged.total)
        amount = left - tax
    return Line(
        kind=LineKind.UNUSED,
        plan_id=charged.plan_id,
        plan_name=charged.plan_name,
        quantity=charged.quantity,
        unit_price=charged.unit_price,
        service=unused,
        total_days=charged.total_days,
        amount=-amount,
        tax_basis_points=charged.tax_basis_points,
        tax=-tax,
        capped=capped,
    )


def shorten_line(line: Line, *, until: date) -> Line | None:
    """Return *line* for its days before *until*, rounded once; None if they come to nothing.

    It is of no invoice yet: a line that was issued is never edited. A capped credit stays within its cap.
    """
    service = Period(line.service.start, min(line.service.end, until))
    if service == line.service:
        return line
    sign = 1 if line.kind is LineKind.SERVICE else -1
    amount = sign * half_up(line.unit_price * line.quantity * service.days, line.total_days)
    tax = half_up(amount * line.tax_basis_points, _BASIS_POINTS)
    if service.days <= 0 or (sign < 0 and not amount):
        return None
    if line.capped and amount + tax <= line.total:
        return replace(line, service=service)
    return replace(line, service=service, amount=amount, tax=tax, capped=False)


def reverse_line(line: Line) -> Line:
    """Return the line that takes all of *line* back, a charge or a credit."""
    kind = LineKind.UNUSED if line.kind is LineKind.SERVICE else LineKind.SERVICE
    return replace(line, kind=kind, amount=-line.amount, tax=-line.tax)
