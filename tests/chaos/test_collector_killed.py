import sys

from pydantic import SecretStr

from ciclo.actions.audit import Audited, audit
from ciclo.settings import Gateway, Settings
from tests.chaos.processes import ROOT, environment, process
from tests.gateways.facts import STRIPE_KEY, STRIPE_SECRET
from tests.gateways.fake_stripe import FakeStripe
from tests.gateways.serving import serving
from tests.journeys.asking import SUBSCRIBE, a_plan
from tests.stack import running_stack, until

CUSTOMERS = 5


async def test_a_crash_between_charge_and_commit_charges_nobody_twice(settings: Settings) -> None:
    stripe = FakeStripe()
    async with serving(stripe.app()) as url:
        settings = settings.model_copy(
            update={
                "card_gateway": Gateway.STRIPE,
                "stripe_api_url": url,
                "stripe_api_key": SecretStr(STRIPE_KEY),
                "stripe_webhook_secrets": (SecretStr(STRIPE_SECRET),),
            }
        )
        async with running_stack(settings, collection_workers=0) as stack:
            plan_id = await a_plan(stack, trialDays=0)
            for number in range(CUSTOMERS):
                given = {
                    "planId": plan_id,
                    "customerEmail": f"c{number}@example.com",
                    "paymentMethod": {"cardToken": stripe.method().id},
                }
                created = await stack.data(SUBSCRIBE, {"input": given})
                assert created["createSubscription"]["userErrors"] == []

            async def all_asked() -> bool:
                orders = {"type": "charge_requested"}
                return await stack.deps.store["events"].count_documents(orders) == CUSTOMERS

            await until(all_asked)
            doomed = await process(
                sys.executable,
                str(ROOT / "tests/chaos/doomed_collector.py"),
                env=environment(stack.deps.settings),
            )
            assert await doomed.wait() == -9
            assert sum(stripe.charged.values()) > 0
        async with running_stack(settings, keep=True) as stack:
            await stack.idle()
            assert set(stripe.charged.values()) == {1}
            assert len(stripe.charged) == CUSTOMERS
            paid = await stack.deps.store["payments"].count_documents({"status": "COMPLETED"})
            assert paid == CUSTOMERS
            assert [one async for one in audit(stack.deps, Audited())] == []
