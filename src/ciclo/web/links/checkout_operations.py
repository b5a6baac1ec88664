"""What the page of a checkout link may ask of the API: these operations, and no others."""

from collections.abc import Mapping
from typing import Final

from ciclo.web.links.operations import (
    CLOCK,
    OPTIONS,
    REFUSALS,
    LinkedOperation,
    read_asked,
    refuse_operation,
)

SIGN_UP: Final = "SignUp"

_INVOICE: Final = """
on
dueOn
total { amount currency }
creditApplied { amount currency }
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
"""

_OFFER: Final = f"""
query($quantity: Int, $skipTrial: Boolean!) {{
  checkoutOffer(quantity: $quantity, skipTrial: $skipTrial) {{
    plan {{ id name description billingCycle price {{ amount currency }} }}
    quantity {{ min max }}
    trialDays
    methods
    asksWho
    cancelUrl
    reason
    pt: text(language: PORTUGUESE)
    en: text(language: ENGLISH)
    preview {{
      trialEndsOn
      totalDueNow {{ amount currency }}
      now {{ {_INVOICE} }}
      next {{ {_INVOICE} }}
    }}
  }}
}}
"""

_SIGN_UP: Final = f"""
mutation($input: SignUpInput!) {{
  signUp(input: $input) {{ token {REFUSALS} }}
}}
"""

_PROGRESS: Final = """
query($token: String!) { signUpProgress(token: $token) { status invoiceUrl returnUrl } }
"""


def read_checkout_operation(body: object, *, currency: str) -> LinkedOperation:
    """Return the operation that a body asks for by its name; prices are in *currency*.

    Raises:
        HttpProblem: it asks for nothing that a link opens.
    """
    asked = read_asked(body)
    given = asked.variables.model_extra or {}
    match asked.operation:
        case "CheckoutOffer":
            return LinkedOperation(
                text=_OFFER,
                variables={
                    "quantity": given.get("quantity"),
                    "skipTrial": given.get("skipTrial") is True,
                },
            )
        case "PaymentOptions":
            return LinkedOperation(text=OPTIONS, variables={"currency": currency})
        case "PaymentClock" | "CardToday":
            return LinkedOperation(text=CLOCK, variables={})
        case "SignUp":
            return LinkedOperation(text=_SIGN_UP, variables={"input": _plain(asked.variables.input)})
        case "SignUpProgress":
            return LinkedOperation(text=_PROGRESS, variables={"token": given.get("token")})
        case _:
            raise refuse_operation()


def _plain(given: Mapping[str, object]) -> dict[str, object]:
    """Return an input without what is none of the page's: cards are shown to the provider, never to us."""
    method = given.get("paymentMethod")
    if isinstance(method, Mapping) and "card" in method:
        raise refuse_operation()
    return dict(given)
