"""The sandbox's clock bar: time passes for everybody, and its effects appear by themselves."""

from playwright.async_api import Browser, Locator, Page, Route, expect
from pydantic import SecretStr

from ciclo.settings.choices import Mode, ProviderName
from tests.browser.guard import Guard
from tests.browser.shop import ANA, MARCH_1
from tests.browser.windows import Windows, opened
from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack, local, running_stack, settings_for


def clock(page: Page) -> Locator:
    return page.get_by_role("region", name="Relógio do ambiente de testes")


async def test_a_month_passes_and_its_effects_appear_in_every_window(windows: Windows, stack: Stack) -> None:
    await stack.advance(to=local(MARCH_1))
    plan = await a_plan(stack, name="Aluno")
    subscription = await subscribe(stack, plan, ANA, card="tok_visa")
    page = await windows.as_operator(f"/admin/assinaturas/{subscription}")
    customer = await windows.as_customer(ANA, "/assinatura")
    await expect(clock(page)).to_contain_text("Hoje é 1 mar. 2027")
    await expect(page.get_by_text("Em teste")).to_be_visible()
    await expect(customer.get_by_text("Em teste")).to_be_visible()

    await clock(page).get_by_role("button", name="+1 mês").click()
    await page.get_by_role("dialog").get_by_role("button", name="+1 mês").click()

    # The trial ended on 8 March: that period was paid, and the next one begins on 8 April.
    await expect(clock(page)).to_contain_text("Hoje é 1 abr. 2027")
    await expect(page.get_by_text("Ativa", exact=True)).to_be_visible()
    await expect(
        page.get_by_role("table", name="Linha do tempo").get_by_text("Teste encerrado")
    ).to_be_visible()
    await expect(page.get_by_role("table", name="Faturas").get_by_role("row")).to_have_count(2)
    await expect(customer.get_by_text("Ativa", exact=True)).to_be_visible()


async def test_a_day_passes_in_a_window_that_only_watches_too(windows: Windows, stack: Stack) -> None:
    await stack.advance(to=local(MARCH_1))
    plan = await a_plan(stack, name="Aluno", trialDays=1)
    await subscribe(stack, plan, ANA, card="tok_visa")
    page = await windows.as_operator("/admin/eventos")
    watching = await windows.as_operator("/admin")
    await expect(clock(watching)).to_contain_text("Hoje é 1 mar. 2027")

    await clock(page).get_by_role("button", name="+1 dia").click()
    await page.get_by_role("dialog").get_by_role("button", name="+1 dia").click()

    await expect(clock(page)).to_contain_text("Hoje é 2 mar. 2027")
    await expect(clock(watching)).to_contain_text("Hoje é 2 mar. 2027")
    await expect(watching.locator(".kpi-value").nth(1)).to_have_text("1")


async def test_a_clock_that_could_not_be_moved_says_so(windows: Windows, guard: Guard) -> None:
    guard.expect("ERR_FAILED")
    page = await windows.as_operator("/admin/planos")
    today = await clock(page).get_by_role("paragraph").inner_text()

    async def lose_advances(route: Route) -> None:
        if "advanceClock" in (route.request.post_data or ""):
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/graphql", lose_advances)
    await clock(page).get_by_role("button", name="+1 dia").click()
    await page.get_by_role("dialog").get_by_role("button", name="+1 dia").click()

    await expect(clock(page).get_by_role("alert")).to_contain_text("Não sabemos se o pedido passou.")
    await expect(clock(page).get_by_role("paragraph").first).to_have_text(today)


async def test_there_is_no_such_bar_where_time_is_real(
    browser: Browser,
    guard: Guard,
    mongo_url: str,
    redis_url: str,
    database_name: str,
    stream_prefix: str,
) -> None:
    live = {
        "mode": Mode.LIVE,
        "sign_in_url": "https://id.example.com",
        "sign_in_client_id": "ciclo",
        "card_gateway": ProviderName.STRIPE,
        "pix_gateway": ProviderName.ABACATEPAY,
        "boleto_gateway": ProviderName.STRIPE,
        "stripe_api_key": SecretStr("sk_test_of_nobody"),
        "stripe_publishable_key": "pk_test_of_nobody",
        "abacatepay_api_key": SecretStr("abc_dev_of_nobody"),
    }
    settings = settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix, **live)
    async with (
        running_stack(settings, collection_workers=0) as stack,
        opened(browser, stack, guard) as windows,
    ):
        page = await windows.as_operator("/admin/planos")

        await expect(page.get_by_text("Nenhum plano ainda")).to_be_visible()
        await expect(clock(page)).to_have_count(0)
