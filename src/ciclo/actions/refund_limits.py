"""What the providers of payments can send back: asked here, whatever is to go back and why.

A payment that no provider took is booked by hand, so nothing limits it. One whose provider is not set up any
more can't go back by us, however willing that provider would be.
"""

from collections.abc import Iterable

from ciclo.actions.dependencies import Deps
from ciclo.domain.errors.payments import PartialRefundNotSupported, PaymentNotRefundable, ProviderNotSetUp
from ciclo.domain.payment import Payment
from ciclo.domain.payments.refund_limits import RefundLimits
from ciclo.gateways.protocol import Misconfigured


def can_send_back(deps: Deps, payment: Payment, *, partly: bool = False) -> bool:
    """Return whether the whole of *payment* can be sent back, or less than that as well if *partly*."""
    try:
        require_refundable(deps, payment, partly=partly)
    except (PartialRefundNotSupported, PaymentNotRefundable, ProviderNotSetUp):
        return False
    return True


def require_refundable(deps: Deps, payment: Payment, *, partly: bool) -> None:
    """Refuse what the provider of *payment* can't do.

    Raises:
        ProviderNotSetUp: it is not set up any more.
        PaymentNotRefundable: it sends nothing back that was paid by this method.
        PartialRefundNotSupported: it sends the whole back only, and less is wanted.
    """
    if payment.provider is None or payment.method is None:
        return
    try:
        gateway = deps.gateways.of_provider(payment.provider)
    except Misconfigured:
        raise ProviderNotSetUp(payment.provider) from None
    kind = payment.method.kind
    if not gateway.refunds(kind):
        raise PaymentNotRefundable(f"paid by {kind}")
    if partly and not gateway.refunds_partly(kind):
        raise PartialRefundNotSupported


def refund_limits_of(deps: Deps, payments: Iterable[Payment]) -> RefundLimits:
    """Return what can't be sent back of those of *payments* that were made."""
    paid = [payment for payment in payments if payment.is_paid]
    not_at_all = tuple(one.id for one in paid if not can_send_back(deps, one))
    not_in_part = (one.id for one in paid if not can_send_back(deps, one, partly=True))
    return RefundLimits(
        not_at_all=not_at_all, not_in_part=tuple(id_ for id_ in not_in_part if id_ not in not_at_all)
    )
