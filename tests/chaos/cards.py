"""A stack whose cards are charged by the stand-in of Stripe."""

from pydantic import SecretStr

from ciclo.settings.choices import ProviderName
from ciclo.settings.settings import Settings
from tests.gateways.facts import STRIPE_KEY, STRIPE_SECRET
from tests.gateways.fake_stripe import FakeStripe
from tests.journeys.asking import SUBSCRIBE, a_plan
from tests.stack import Stack


def by_stripe(settings: Settings, url: str) -> Settings:
    """Return *settings* with cards charged at *url*."""
    return settings.model_copy(
        update={
            "card_gateway": ProviderName.STRIPE,
            "stripe_api_url": url,
            "stripe_api_key": SecretStr(STRIPE_KEY),
            "stripe_webhook_secrets": (SecretStr(STRIPE_SECRET),),
        }
    )


async def subscribe_by_card(stack: Stack, stripe: FakeStripe, *, customers: int = 1) -> list[str]:
    """Let some customers subscribe, and return their subscriptions' ids; nothing is charged yet."""
    plan_id = await a_plan(stack, trialDays=0)
    ids = []
    for number in range(customers):
        given = {
            "planId": plan_id,
            "customerEmail": f"c{number}@example.com",
            "paymentMethod": {"cardToken": stripe.method().id},
        }
        created = await stack.data(SUBSCRIBE, {"input": given})
        assert created["createSubscription"]["userErrors"] == []
        ids.append(created["createSubscription"]["subscription"]["id"])
    return ids


async def count_orders(stack: Stack, type_: str = "charge_requested") -> int:
    """Return how many orders of a type there are, done or not."""
    number: int = await stack.deps.store["events"].count_documents({"type": type_})
    return number
