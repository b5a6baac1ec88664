"""The tax in what goes back of an invoice: parts add up to the whole, and the last one takes the remainder.

Source: billing rule 9.
"""

from collections.abc import Iterable, Mapping
from itertools import accumulate

from ciclo.domain.ids import RefundId
from ciclo.domain.invoice import Invoice, Line, charge_total, charges_of
from ciclo.domain.money import half_up
from ciclo.domain.payment import Payment, RefundStatus


def refund_taxes(invoice: Invoice, payments: Iterable[Payment]) -> Mapping[RefundId, int]:
    """Return the tax in each refund of an invoice's *payments*, oldest first.

    None is in a refund of money that the invoice did not need, and in one that pays the balance out: the
    credit note before it states it. Nor in one that failed.
    """
    payments = tuple(payments)
    refunds = sorted(
        (
            refund
            for payment in payments
            for refund in payment.refunds
            if refund.status is not RefundStatus.FAILED and not refund.from_balance
        ),
        key=lambda refund: (refund.created_at, refund.id),
    )
    came = sum(payment.received_amount for payment in payments) - invoice.total + charge_total(invoice)
    surplus = max(0, came - charge_total(invoice))
    sums = [max(0, sum_ - surplus) for sum_ in accumulate(refund.amount for refund in refunds)]
    taxes = [_tax_up_to(invoice, sum_) for sum_ in sums]
    if sums and invoice.credited + sums[-1] >= charge_total(invoice):
        taxes[-1] = max(0, _tax_of(invoice) - tax_of_credits(invoice))
    shares = [after - before for before, after in zip([0, *taxes], taxes, strict=False)]
    return {refund.id: share for refund, share in zip(refunds, shares, strict=True)}


def tax_in_credit(
    invoice: Invoice, payments: Iterable[Payment], *, charges: Iterable[Line], amount: int, left: int
) -> int:
    """Return the tax in *amount* that is credited of *charges* of an invoice.

    *left* is all that can go back of the invoice.
    """
    charges = tuple(charges)
    back = tax_of_credits(invoice) + sum(refund_taxes(invoice, payments).values())
    rest = max(0, _tax_of(invoice) - back)
    if amount == left and not any(payment.lost_amount for payment in payments):
        return min(rest, amount)
    tax, total = sum(line.tax for line in charges), sum(line.total for line in charges)
    return min(rest, half_up(tax * amount, total))


def tax_of_credits(invoice: Invoice) -> int:
    """Return the tax in what was credited of an invoice; where it was not kept, its share."""
    return invoice.credited_tax or _tax_up_to(invoice, invoice.credited)


def _tax_of(invoice: Invoice) -> int:
    return sum(line.tax for line in charges_of(invoice))


def _tax_up_to(invoice: Invoice, amount: int) -> int:
    charged = charge_total(invoice)
    return half_up(_tax_of(invoice) * min(amount, charged), charged) if charged else 0
