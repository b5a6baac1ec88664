"""What the page of an invoice's link may ask of the API: these operations, about this invoice, and no others.

The page names one, as the portal calls it; its text stands here, and so does which invoice it is about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ciclo.domain.invoice import Invoice
from ciclo.web.problems import HttpProblem

REFUSALS: Final = "userErrors { code message field retryAt clientSecret declineCode }"

_SHOW: Final = """
query($id: ID!) {
  invoice(id: $id) {
    id
    number
    kind
    status
    lines {
      kind
      description
      total { amount currency }
      taxes { amount { amount currency } pt: text(language: PORTUGUESE) en: text(language: ENGLISH) }
      explanation {
        pt: text(language: PORTUGUESE, dated: true)
        en: text(language: ENGLISH, dated: true)
      }
    }
    creditApplied { amount currency }
    total { amount currency }
    amountPaid { amount currency }
    amountDue { amount currency }
    issuedAt
    dueDate
    paidAt
    addressee { name }
    payments {
      id
      status
      amount { amount currency }
      refundedAmount { amount currency }
      receipt { number }
      failureCode
      awaitsConfirmation
      paymentMethod { kind brand lastFour }
      pix { copyPaste expiresAt qrCodeSvg }
      boleto { digitableLine dueDate barcodeSvg }
      invoice { id number pdfUrl }
    }
  }
}
"""

_PAY: Final = f"""
mutation($id: ID!, $method: PaymentMethodInput!, $key: String) {{
  payInvoice(input: {{ invoiceId: $id, paymentMethod: $method, idempotencyKey: $key }}) {{
    invoice {{ id status }}
    {REFUSALS}
  }}
}}
"""

_CONFIRM: Final = f"""
mutation($payment: ID!) {{
  confirmPayment(input: {{ paymentId: $payment }}) {{
    nextAction {{ url clientSecret }}
    {REFUSALS}
  }}
}}
"""

OPTIONS: Final = """
query($currency: String!) {
  paymentOptions(currency: $currency) { methods cardTokenizer { kind publishableKey scriptUrl } }
}
"""

CLOCK: Final = "{ clock { now sandbox } }"


class _Variables(BaseModel):
    """What the page hands in; what of it an operation takes is the operation's to say."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow")

    input: dict[str, Any] = Field(default_factory=dict)


class AskedOperation(BaseModel):
    """A request of the page, in the shape of GraphQL over HTTP; the query's text is passed over."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    operation: str = Field(alias="operationName", max_length=100)
    variables: _Variables = Field(default_factory=_Variables)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedOperation:
    """One operation to be carried out; `payment_id` is what it confirms, if anything."""

    text: str
    variables: Mapping[str, object]
    payment_id: str | None = None


def read_asked(body: object) -> AskedOperation:
    """Return what a page asks for.

    Raises:
        HttpProblem: it is no operation.
    """
    try:
        return AskedOperation.model_validate(body)
    except ValidationError:
        raise refuse_operation() from None


def read_operation(body: object, invoice: Invoice) -> LinkedOperation:
    """Return the operation that a body asks for by its name, about *invoice*.

    Raises:
        HttpProblem: it asks for nothing that a link opens.
    """
    asked = read_asked(body)
    given = asked.variables.input
    match asked.operation:
        case "LinkedInvoice":
            return LinkedOperation(text=_SHOW, variables={"id": invoice.id})
        case "PaymentOptions":
            return LinkedOperation(text=OPTIONS, variables={"currency": invoice.currency})
        case "PaymentClock" | "CardToday":
            return LinkedOperation(text=CLOCK, variables={})
        case "PayInvoice":
            method, key = given.get("paymentMethod"), given.get("idempotencyKey")
            return LinkedOperation(text=_PAY, variables={"id": invoice.id, "method": method, "key": key})
        case "ConfirmPayment" if isinstance(payment_id := given.get("paymentId"), str):
            return LinkedOperation(text=_CONFIRM, variables={"payment": payment_id}, payment_id=payment_id)
        case _:
            raise refuse_operation()


def refuse_operation() -> HttpProblem:
    """Return the answer to an operation that no link opens."""
    return HttpProblem(status=400, code="BAD_REQUEST", detail="a link opens nothing of this kind")
