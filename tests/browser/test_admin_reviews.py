"""Reviews are decided on their page: each decision is confirmed, made once, and says why it is refused."""

from playwright.async_api import Page, expect

from tests.browser.seeing import assert_fit_for_all
from tests.browser.shop import ANA, offer
from tests.browser.windows import Windows
from tests.journeys.asking import details, subscribe
from tests.stack import Stack
from tests.webhooks.posting import NOTICE


async def review(windows: Windows, stack: Stack) -> Page:
    """Let money of nobody come, and open the list of what is to be reviewed."""
    assert (await stack.notify(NOTICE, webhook_id="msg_stray")).status_code == 202
    await stack.idle()
    page = await windows.as_operator("/admin/eventos/revisao")
    await expect(page.get_by_role("row").filter(has_text="Assinatura desconhecida")).to_be_visible()
    return page


async def test_what_waits_is_counted_told_in_words_and_gone_from_the_count_once_decided(
    windows: Windows, stack: Stack
) -> None:
    page = await review(windows, stack)
    area = page.get_by_role("link", name="Eventos (1 para revisar)")
    await expect(area).to_be_visible()
    await expect(page.get_by_role("link", name="Para revisar (1 para revisar)")).to_be_visible()

    await page.get_by_role("button", name="Pagamento confirmado").click()
    dialog = page.get_by_role("dialog", name="Pagamento confirmado")
    await expect(dialog.get_by_text("R$ 29,99")).to_be_visible()
    await expect(dialog.locator("pre")).to_be_hidden()
    await dialog.get_by_text("Ver os dados como vieram").click()
    await expect(dialog.locator("pre")).to_contain_text('"amount": 2999')
    await assert_fit_for_all(page)
    await dialog.get_by_role("button", name="Fechar").last.click()

    await page.get_by_role("button", name="Não é nosso").click()
    await page.get_by_role("dialog").get_by_label("Motivo").fill("de outra loja")
    await page.get_by_role("dialog").get_by_role("button", name="Confirmar").click()
    await expect(page.get_by_text("Nada para revisar")).to_be_visible()
    await expect(area).to_have_count(0)


async def test_money_of_nobody_pays_the_invoice_that_is_named(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    subscription = await subscribe(stack, plans["Aluno"], ANA, paymentMethod={"pix": {}})
    [invoice] = (await details(stack, subscription))["invoices"]
    page = await review(windows, stack)

    await page.get_by_role("button", name="Pagar fatura").click()
    dialog = page.get_by_role("dialog", name="Pagar fatura")
    await dialog.get_by_label("Fatura").fill("fatura 1")
    await dialog.get_by_role("button", name="Confirmar").click()
    await expect(dialog.get_by_text("Isto não é um id daqui.")).to_be_visible()
    await dialog.get_by_label("Fatura").fill(invoice["id"])
    await dialog.get_by_label("Motivo").fill("depósito")
    await dialog.get_by_role("button", name="Confirmar").click()

    await expect(page.get_by_text("Nada para revisar")).to_be_visible()
    await stack.idle()
    found = await details(stack, subscription)
    # Of 29.99 the invoice of 29.90 takes its total
    assert (found["status"], found["invoices"][0]["status"]) == ("ACTIVE", "PAID")
    assert found["customer"]["creditBalances"] == [{"amount": "0.09", "currency": "BRL"}]


async def test_money_is_put_on_the_balance_of_whom_is_named(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    subscription = await subscribe(stack, plans["Aluno"], ANA, card="tok_visa")
    page = await review(windows, stack)

    await page.get_by_role("button", name="Pôr no saldo").click()
    dialog = page.get_by_role("dialog", name="Pôr no saldo")
    await dialog.get_by_role("button", name="Confirmar").click()
    await expect(dialog.get_by_text("Esta assinatura não existe.")).to_be_visible()
    await dialog.get_by_label("Assinatura").fill(subscription)
    await dialog.get_by_role("button", name="Confirmar").click()

    await expect(page.get_by_text("Nada para revisar")).to_be_visible()
    balances = (await details(stack, subscription))["customer"]["creditBalances"]
    assert balances == [{"amount": "29.99", "currency": "BRL"}]


async def test_what_is_given_back_or_not_ours_is_only_recorded_after_a_second_thought(
    windows: Windows, stack: Stack
) -> None:
    page = await review(windows, stack)
    await page.get_by_role("button", name="Devolver").click()
    dialog = page.get_by_role("dialog", name="Devolver")
    await expect(dialog.get_by_text("à mão, no provedor")).to_be_visible()
    await dialog.get_by_role("button", name="Voltar").click()

    await page.get_by_role("button", name="Não é nosso").click()
    dialog = page.get_by_role("dialog", name="Não é nosso")
    await dialog.get_by_role("button", name="Confirmar").click()

    await expect(page.get_by_text("Nada para revisar")).to_be_visible()
    event = await stack.deps.store["events"].find_one({"resolution.decision": "CLOSE"})
    assert event is not None
