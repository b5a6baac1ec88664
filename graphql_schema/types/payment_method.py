"""Payment methods: how a customer pays, and the codes by which PIX and boleto are paid."""

from datetime import date, datetime
from typing import Self

import strawberry

from ciclo.domain import payment as domain
from ciclo.gateways.codes.drawing import draw
from ciclo.gateways.codes.itf import itf_svg
from ciclo.gateways.codes.qr import qr_svg
from graphql_schema.types.enums import PaymentMethodKind


@strawberry.type(description="How a customer pays. Of a card nothing is kept but what names it to people.")
class PaymentMethod:
    """A payment method."""

    kind: PaymentMethodKind
    brand: str | None
    last_four: str | None
    expires_on: date | None = strawberry.field(
        description="The last day on which a card is good; null: it is none, or that is not known."
    )

    @classmethod
    def of(cls, method: domain.PaymentMethod) -> Self:
        """Return *method* as the API shows it, without its token."""
        return cls(
            kind=method.kind,
            brand=method.brand,
            last_four=method.last_four,
            expires_on=method.expires_on,
        )


@strawberry.type(description="A PIX charge: the code to copy, and the same as a QR code.")
class PixCharge:
    """A PIX code."""

    copy_paste: str
    expires_at: datetime | None

    @classmethod
    def of(cls, payment: domain.Payment) -> Self | None:
        """Return the code of *payment*, if it is paid by one."""
        if payment.pix is None:
            return None
        return cls(copy_paste=payment.pix.copy_paste, expires_at=payment.expires_at)

    @strawberry.field(description="One standalone SVG element.")
    async def qr_code_svg(self) -> str:
        """Draw the code."""
        return await draw(qr_svg, self.copy_paste)


@strawberry.type(description="A boleto: the line to type, and the bar code.")
class BoletoCharge:
    """A boleto."""

    digitable_line: str
    due_date: date
    url: str | None
    pix_copy_paste: str | None = strawberry.field(description="A PIX code of the same debt, if there is one.")
    barcode: strawberry.Private[str | None]

    @classmethod
    def of(cls, payment: domain.Payment) -> Self | None:
        """Return the boleto of *payment*, if it is paid by one."""
        if payment.boleto is None:
            return None
        return cls(
            digitable_line=payment.boleto.digitable_line,
            due_date=payment.boleto.due_on,
            url=payment.boleto.url,
            pix_copy_paste=payment.boleto.pix_copy_paste,
            barcode=payment.boleto.barcode,
        )

    @strawberry.field(description="One standalone SVG element; null if the provider gives no bar code.")
    async def barcode_svg(self) -> str | None:
        """Draw the bar code."""
        return await draw(itf_svg, self.barcode) if self.barcode else None
