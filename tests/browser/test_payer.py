"""A boleto whose provider has to know where its payer lives: the form asks once that has been refused."""

from playwright.async_api import Browser, expect

from ciclo.settings.choices import ProviderName
from tests.browser.guard import Guard
from tests.browser.shop import ANA, fill, offer
from tests.browser.windows import opened
from tests.chaos.cards import by_stripe
from tests.gateways.fake_stripe import FakeStripe
from tests.gateways.serving import serving
from tests.journeys.asking import details, subscribe
from tests.stack import running_stack, settings_for

STREET = "Rua e número"


async def test_a_boleto_by_stripe_asks_for_the_address(
    browser: Browser, guard: Guard, mongo_url: str, redis_url: str, database_name: str, stream_prefix: str
) -> None:
    settings = settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix)
    stripe = FakeStripe()
    async with (
        serving(stripe.app()) as url,
        running_stack(
            by_stripe(settings, url).model_copy(update={"boleto_gateway": ProviderName.STRIPE})
        ) as stack,
        opened(browser, stack, guard) as windows,
    ):
        plans = await offer(stack)
        page = await windows.as_customer(ANA, f"/checkout/{plans['Personal']}")
        await page.get_by_label("Boleto").check()
        await expect(page.get_by_label(STREET)).to_have_count(0)
        await fill(page, {"Nome completo": "Ana Souza", "CPF ou CNPJ": "529.982.247-25"})
        submit = page.get_by_role("button", name="Assinar e gerar boleto")
        await submit.click()

        await fill(page, {STREET: "Rua Augusta, 1", "Cidade": "São Paulo", "Estado (UF)": "SP", "CEP": "13"})
        await submit.click()
        await expect(page.get_by_label("CEP")).to_have_attribute("aria-invalid", "true")
        await page.get_by_label("CEP").fill("01305-000")
        await submit.click()

        await expect(page.get_by_label("Linha digitável")).to_be_visible()
        asked = stripe.requests[-1][2]["payment_method_data"]["billing_details"]["address"]
        assert asked["postal_code"] == "01305-000"


async def test_a_boleto_on_file_that_lacks_an_address_asks_for_it(
    browser: Browser, guard: Guard, mongo_url: str, redis_url: str, database_name: str, stream_prefix: str
) -> None:
    settings = settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix)
    known = {"boleto": {"payerName": "Ana Souza", "taxId": "529.982.247-25"}}
    async with running_stack(settings) as stack:
        plans = await offer(stack)
        subscription = await subscribe(stack, plans["Personal"], ANA, paymentMethod=known)
        [invoice] = (await details(stack, subscription))["invoices"]
        # The code of the provider of before lapses.
        await stack.advance(by="P14D")
        await stack.idle()
    stripe = FakeStripe()
    async with (
        serving(stripe.app()) as url,
        running_stack(
            by_stripe(settings, url).model_copy(update={"boleto_gateway": ProviderName.STRIPE}), keep=True
        ) as stack,
        opened(browser, stack, guard) as windows,
    ):
        page = await windows.as_customer(ANA, f"/pagar/{invoice['id']}")
        submit = page.get_by_role("button", name="Gerar boleto")
        await submit.click()

        await expect(page.get_by_label(STREET)).to_be_visible()
        await fill(page, {"Nome completo": "Ana Souza", "CPF ou CNPJ": "529.982.247-25"})
        await fill(page, {STREET: "Rua Augusta, 1", "Cidade": "São Paulo", "Estado (UF)": "SP"})
        await page.get_by_label("CEP").fill("01305-000")
        await submit.click()
        await expect(page.get_by_label("Linha digitável")).to_be_visible()
