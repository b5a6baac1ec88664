"""What the customers of these tests find: three plans, and subscriptions made through the API."""

from datetime import date
from typing import Any, Final

from playwright.async_api import Page

from tests.journeys.asking import a_plan, mutate, subscribe
from tests.stack import Stack, local, token

ANA: Final = "ana@example.com"
MARCH_1: Final = date(2027, 3, 1)
CARD: Final = {
    "Número do cartão": "4242424242424242",
    "Nome no cartão": "Ana Souza",
    "Validade": "1230",
    "CVV": "123",
}

_PRICES: Final = {"Aluno": "29.90", "Personal": "79.90", "Estúdio": "199.90"}
_NEWEST_PAYMENT: Final = """
{ mySubscription { payments(first: 1) { edges { node { id status invoice { id } } } } } }"""


async def offer(stack: Stack, **changes: Any) -> dict[str, str]:
    """Put three monthly plans on offer, without a trial, and return their ids by name."""
    return {
        name: await a_plan(
            stack,
            **{
                "name": name,
                "price": {"amount": price},
                "trialDays": 0,
                "features": ["Treinos sem limite", "Histórico de 12 meses"],
                "limits": [{"name": "Alunos", "value": 30}],
                **changes,
            },
        )
        for name, price in _PRICES.items()
    }


async def subscriber(
    stack: Stack, plan_id: str, *, email: str = ANA, card: str = "tok_visa", since: date | None = None
) -> str:
    """Let somebody subscribe and pay, on the day *since* if it is given, and return the subscription's id."""
    if since is not None:
        await stack.advance(to=local(since))
    subscription_id = await subscribe(stack, plan_id, email, card=card)
    await stack.idle()
    return subscription_id


async def newest_payment(stack: Stack, *, email: str = ANA) -> dict[str, Any]:
    """Return the last payment of a customer."""
    answer = await stack.data(_NEWEST_PAYMENT, bearer=token(role="customer", email=email))
    payment: dict[str, Any] = answer["mySubscription"]["payments"]["edges"][0]["node"]
    return payment


async def settle(stack: Stack, payment_id: str, *, email: str = ANA) -> None:
    """Pay a code as the payer's bank would, and wait until the billing knows."""
    bearer = token(role="customer", email=email)
    answer = await stack.http.post(
        f"/sandbox/payments/{payment_id}/settle", headers={"authorization": f"Bearer {bearer}"}
    )
    assert answer.status_code == 202, answer.text
    await stack.idle()


async def change(stack: Stack, mutation: str, **given: Any) -> None:
    """Change something from elsewhere than the browser."""
    assert await mutate(stack, mutation, **given) == []


async def fill(page: Page, fields: dict[str, str]) -> None:
    """Fill in fields by their labels."""
    for label, text in fields.items():
        await page.get_by_label(label).fill(text)
