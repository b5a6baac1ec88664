"""What each rate of tax comes to: on one line, and on several.

Source: billing rule 38.
"""

from collections.abc import Iterable

from ciclo.domain.invoice import Line
from ciclo.domain.lines.tax_rate import LineTax, TaxRate


def taxes_of(line: Line) -> tuple[LineTax, ...]:
    """Return what each rate comes to on *line*; the seller's one rate without a name has an empty one."""
    if line.tax and not line.taxes:
        return (LineTax(rate=TaxRate(name="", basis_points=line.tax_basis_points), amount=line.tax),)
    return line.taxes


def sum_taxes(lines: Iterable[Line]) -> dict[TaxRate, int]:
    """Return what each rate with a name comes to on *lines*, in the order of their appearance."""
    sums: dict[TaxRate, int] = {}
    for tax in (tax for line in lines for tax in line.taxes):
        sums[tax.rate] = sums.get(tax.rate, 0) + tax.amount
    return sums
