"""The sandbox's PIX codes and boletos: right to the last check digit, and payable nowhere."""

import hashlib
from datetime import date, timedelta
from typing import Final

from ciclo.domain.events.facts import PaymentAuthorized
from ciclo.domain.payment import Boleto, MethodKind, PixCode
from ciclo.domain.period import start_of_day
from ciclo.gateways.codes import boleto, pix
from ciclo.gateways.due_dates import boleto_due_on, pix_payable_until
from ciclo.gateways.protocol import Charge
from ciclo.settings.settings import Settings

NOBODYS_KEY: Final = "00000000-0000-4000-8000-000000000000"
_CITY: Final = "Sao Paulo"


def open_code(charge: Charge, *, provider: str, reference: str, settings: Settings) -> PaymentAuthorized:
    """Return the code to pay *charge* by, with its expiry counted from when it was asked for.

    Raises:
        MalformedPix: the amount does not fit, or the seller's name has no letters that do.
        MalformedBoleto: the amount does not fit.
    """
    order, seller = charge.order, settings.seller_name
    if order.method.kind is MethodKind.PIX:
        return PaymentAuthorized(
            payment_id=order.payment_id,
            provider=provider,
            provider_reference=reference,
            expires_at=pix_payable_until(charge, settings),
            pix=make_pix_code(key=charge.key, amount=order.amount, seller=seller),
        )
    due_on = boleto_due_on(charge, settings, timezone=settings.timezone)
    return PaymentAuthorized(
        payment_id=order.payment_id,
        provider=provider,
        provider_reference=reference,
        expires_at=start_of_day(due_on + timedelta(days=1), settings.timezone),
        boleto=boleto_of(key=charge.key, amount=order.amount, due_on=due_on, seller=seller),
    )


def make_pix_code(*, key: str, amount: int, seller: str) -> PixCode:
    """Return a static code for *amount* in cents; the same charge *key* gives the same code.

    Raises:
        MalformedPix: the amount does not fit, or *seller* has no letters that fit.
    """
    code = pix.BrCode(
        account=pix.PixKey(key=NOBODYS_KEY),
        merchant_name=seller,
        merchant_city=_CITY,
        amount=amount,
        txid=hashlib.sha256(key.encode()).hexdigest()[: pix.TXID_CHARS_MAX],
    )
    return PixCode(copy_paste=pix.encode_pix(code))


def boleto_of(*, key: str, amount: int, due_on: date, seller: str) -> Boleto:
    """Return a boleto of a bank that does not exist, with a PIX code for the same debt.

    Raises:
        MalformedBoleto: the amount does not fit.
    """
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()) % 10**25
    code = boleto.encode_barcode(
        boleto.Ticket(bank=boleto.UNASSIGNED_BANK, amount=amount, due_on=due_on, free=f"{number:025d}")
    )
    return Boleto(
        digitable_line=boleto.encode_line(code),
        barcode=code,
        due_on=due_on,
        url=None,
        pix_copy_paste=make_pix_code(key=key, amount=amount, seller=seller).copy_paste,
    )
