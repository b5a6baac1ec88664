"""A customer who asks for things by self-service."""

from typing import Any, Final

from tests.journeys.asking import SUBSCRIBE
from tests.stack import Stack, token

EMAIL: Final = "ana@example.com"
ANA: Final = token(role="customer", email=EMAIL)
ERROR: Final = "code message field invoiceId retryAt"


async def ask(stack: Stack, mutation: str, **given: Any) -> list[dict[str, Any]]:
    """Run a mutation as the customer and return its user errors."""
    type_ = f"{mutation[0].upper()}{mutation[1:]}Input!"
    text = f"mutation($input: {type_}) {{ {mutation}(input: $input) {{ userErrors {{ {ERROR} }} }} }}"
    errors: list[dict[str, Any]] = (await stack.data(text, {"input": given}, bearer=ANA))[mutation][
        "userErrors"
    ]
    await stack.idle()
    return errors


async def subscribe(stack: Stack, plan_id: str, **method: Any) -> str:
    """Subscribe as the customer, by a card that pays unless another *method* is given."""
    given = {"planId": plan_id, "paymentMethod": method or {"cardToken": "tok_visa"}}
    created = (await stack.data(SUBSCRIBE, {"input": given}, bearer=ANA))["createSubscription"]
    assert created["userErrors"] == []
    await stack.idle()
    subscription_id: str = created["subscription"]["id"]
    return subscription_id
