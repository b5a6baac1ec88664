"""What journeys ask of entitlements again and again: a trainer with a limit of students, and their use."""

from typing import Any

from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack

CHECK = """
query($customer: CustomerRef, $feature: String!, $quantity: Int!) {
  entitlement(customer: $customer, feature: $feature, quantity: $quantity) {
    allowed reason limit unlimited used reserved remaining overLimit resetsOn upgrades { name }
  }
}"""
ANSWER = "allowed reason limit used reserved remaining overLimit reservationId upgrades { name }"


async def a_trainer(stack: Stack, email: str = "tiago@example.com", **changes: Any) -> tuple[str, str]:
    """Subscribe somebody to Personal, with 30 students, and return the subscription's and customer's ids."""
    personal = await a_plan(
        stack,
        **{
            "name": "Personal",
            "price": {"amount": "79.90"},
            "userType": "PERSONAL",
            "trialDays": 0,
            "limits": [{"name": "alunos", "value": 30}],
            "features": ["Agenda"],
        }
        | changes,
    )
    subscription = await subscribe(stack, personal, email, card="tok_visa")
    return subscription, await customer_of(stack, subscription)


async def customer_of(stack: Stack, subscription: str) -> str:
    found = await stack.data(
        "query($id: ID!) { subscription(id: $id) { customer { id } } }", {"id": subscription}
    )
    customer: str = found["subscription"]["customer"]["id"]
    return customer


async def a_studio(stack: Stack) -> str:
    """Create the plan with as many students as anybody likes."""
    return await a_plan(
        stack,
        name="Estúdio",
        price={"amount": "199.90"},
        userType="PERSONAL",
        trialDays=0,
        limits=[{"name": "alunos", "unlimited": True}],
    )


async def checked(stack: Stack, customer: str, feature: str = "alunos", quantity: int = 1) -> dict[str, Any]:
    """Return what a check comes to."""
    asked = {"customer": {"id": customer}, "feature": feature, "quantity": quantity}
    answer: dict[str, Any] = (await stack.data(CHECK, asked))["entitlement"]
    return answer


async def used(stack: Stack, mutation: str, **given: Any) -> dict[str, Any]:
    """Run a mutation of what is used; return its answer, or the codes of its refusals."""
    kind = "Consume" if mutation == "release" else mutation[0].upper() + mutation[1:]
    query = (
        f"mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ {ANSWER} userErrors {{ code }} }} }}"
    )
    answer: dict[str, Any] = (await stack.data(query, {"input": given}))[mutation]
    codes = [error["code"] for error in answer.pop("userErrors")]
    return {"codes": codes} if codes else answer
