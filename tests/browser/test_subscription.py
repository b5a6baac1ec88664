"""What subscribers do with what they have: change, leave, come back, pause."""

from datetime import date

from playwright.async_api import Page, expect

from tests.browser.shop import ANA, CARD, MARCH_1, change, fill, offer, subscriber
from tests.browser.windows import Windows
from tests.journeys.asking import details
from tests.stack import Stack, local

MARCH_13 = date(2027, 3, 13)
TIMES, MINUS = "\N{MULTIPLICATION SIGN}", "\N{MINUS SIGN}"


async def reads(page: Page, *lines: str) -> None:
    for line in lines:
        await expect(page.get_by_text(line, exact=True)).to_be_visible()


async def test_an_upgrade_is_explained_line_by_line_before_it_is_paid(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    subscription = await subscriber(stack, plans["Aluno"], since=MARCH_1)
    await stack.advance(to=local(MARCH_13))
    # Days are the seller's, wherever they are read
    page = await windows.as_customer(ANA, "/planos", timezone_id="Asia/Tokyo")

    await page.get_by_role("link", name="Mudar para Personal").click()

    # 19 of March's 31 days are left: 29.90 x 19/31 = 18.33 back, 79.90 x 19/31 = 48.97 for them.
    await reads(
        page,
        f"Dias não usados: 13/03/2027 a 31/03/2027, 19 de 31 dias {TIMES} R$ 29,90",
        f"{MINUS}R$ 18,33",
        f"13/03/2027 a 31/03/2027, 19 de 31 dias {TIMES} R$ 79,90",
        "R$ 48,97",
        "R$ 30,64",
        "R$ 79,90 em 1 abr. 2027",
    )
    await page.get_by_role("button", name="Mudar e pagar R$ 30,64").click()
    await expect(page.get_by_role("heading", name="Fatura paga")).to_be_visible()
    await page.get_by_role("link", name="Assinatura", exact=True).click()
    await expect(page.get_by_role("heading", name="Personal, mensal")).to_be_visible()
    changed = (await details(stack, subscription))["invoices"][-1]
    assert (changed["status"], changed["total"]["amount"]) == ("PAID", "30.64")


async def test_a_smaller_plan_comes_at_the_end_of_the_period_unless_one_stays(
    windows: Windows, stack: Stack
) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Personal"], since=MARCH_1)
    page = await windows.as_customer(ANA, f"/assinatura/trocar/{plans['Aluno']}")

    await expect(page.get_by_text("Nada a pagar hoje")).to_be_visible()
    await expect(page.get_by_text("1 abr. 2027", exact=True)).to_be_visible()
    # Days back at once are the seller's to give
    await expect(page.get_by_label("Agora")).to_have_count(0)
    await page.get_by_role("button", name="Agendar mudança").click()
    await expect(page.get_by_text("Muda para Aluno em 1 abr. 2027")).to_be_visible()
    await page.get_by_role("link", name="Planos", exact=True).click()
    coming = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Aluno"))
    await expect(coming).to_contain_text("Vale a partir de 1 abr. 2027")
    await expect(page.get_by_text("Até 1 abr. 2027, depois Aluno")).to_be_visible()
    await coming.get_by_role("link", name="Gerenciar").click()
    await page.get_by_role("button", name="Continuar no Personal").click()

    await expect(page.get_by_text("Muda para Aluno")).to_have_count(0)
    await expect(page.get_by_text("R$ 79,90 em 1 abr. 2027")).to_be_visible()


async def test_leaving_at_the_end_of_the_period_can_be_undone(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    subscription = await subscriber(stack, plans["Aluno"], since=MARCH_1)
    page = await windows.as_customer(ANA, "/assinatura")

    await page.get_by_role("button", name="Cancelar assinatura").click()
    dialog = page.get_by_role("dialog", name="Cancelar a assinatura?")
    await expect(dialog.get_by_label("No fim do período")).to_be_checked()
    await expect(dialog.get_by_text("Você usa até 1 abr. 2027")).to_be_visible()
    await dialog.get_by_label("O que fez você decidir?").select_option("Está caro para mim")
    await dialog.get_by_role("button", name="Agendar cancelamento").click()
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_text("Termina em 1 abr. 2027")).to_be_visible()
    assert (await details(stack, subscription))["cancelAtPeriodEnd"]

    await page.get_by_role("button", name="Desfazer cancelamento").click()

    await expect(page.get_by_text("Termina em")).to_have_count(0)
    await expect(page.get_by_text("Ativa", exact=True)).to_be_visible()
    # The button is gone that had the focus.
    await expect(page.get_by_role("heading", name="Assinatura", level=1)).to_be_focused()
    assert not (await details(stack, subscription))["cancelAtPeriodEnd"]


async def test_leaving_now_ends_at_once_and_keeps_the_reason(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    subscription = await subscriber(stack, plans["Aluno"])
    page = await windows.as_customer(ANA, "/assinatura")

    await page.get_by_role("button", name="Cancelar assinatura").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Agora").check()
    await dialog.get_by_label("O que fez você decidir?").select_option("Outro motivo")
    await dialog.get_by_label("Conte em poucas palavras").fill("Mudei de cidade")
    await dialog.get_by_role("button", name="Cancelar agora").click()

    await expect(page.get_by_text("Sua assinatura foi cancelada")).to_be_visible()
    await expect(page.get_by_text("Cancelada", exact=True)).to_be_visible()
    await expect(page.get_by_role("link", name="Escolher um plano")).to_be_visible()
    stored = await stack.deps.store["events"].find_one(
        {"subscription_id": subscription, "type": "cancellation_requested"}
    )
    assert stored is not None
    assert stored["data"]["reason"] == "Mudei de cidade"


async def test_a_pause_stops_the_billing_until_one_resumes(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"], since=MARCH_1)
    page = await windows.as_customer(ANA, "/assinatura")

    await page.get_by_role("button", name="Pausar").click()
    dialog = page.get_by_role("dialog", name="Pausar a assinatura?")
    await expect(dialog.get_by_text("O serviço segue até o fim do dia e para amanhã.")).to_be_visible()
    # 30 of 31 days: 29.90 x 30/31
    await reads(page, "2 mar. 2027", "R$ 28,94")
    await dialog.get_by_role("button", name="Pausar").click()
    await expect(page.get_by_text("Pausa em 2 mar. 2027")).to_be_visible()
    await expect(page.get_by_text("Ativa", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="Desfazer pausa")).to_be_visible()
    await stack.advance(to=local(date(2027, 3, 2)))

    await expect(page.get_by_text("Em pausa desde 2 mar. 2027")).to_be_visible()
    await expect(page.get_by_text("Em pausa", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Retomar").click()

    await expect(page.get_by_text("Ativa", exact=True)).to_be_visible()


async def test_another_card_is_used_from_now_on(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"])
    page = await windows.as_customer(ANA, "/assinatura")

    await page.get_by_role("link", name="Trocar forma de pagamento").click()
    await fill(page, {**CARD, "Número do cartão": "5555555555554444"})
    await page.get_by_role("button", name="Salvar").click()

    await expect(page.get_by_text("Mastercard final 4444")).to_be_visible()


async def test_a_refused_change_says_why_and_changes_nothing(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"])
    page = await windows.as_customer(ANA, f"/assinatura/trocar/{plans['Aluno']}")

    await expect(page.get_by_role("alert")).to_contain_text("Você já está neste plano.")


async def test_an_unpaid_invoice_is_the_first_thing_one_reads(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"], card="tok_charge_declined")
    page = await windows.as_customer(ANA, "/assinatura")

    await page.get_by_role("link", name="Pagar agora").click()
    await page.get_by_label("Cartão", exact=True).check()
    await fill(page, CARD)
    await page.get_by_role("button", name="Pagar R$ 29,90").click()

    await expect(page.get_by_role("heading", name="Fatura paga")).to_be_visible()


async def test_whoever_pays_by_pix_is_offered_it_once(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    subscription = await subscriber(stack, plans["Aluno"], since=MARCH_1)
    await change(stack, "updatePaymentMethod", subscriptionId=subscription, paymentMethod={"pix": {}})
    await stack.advance(by="P1M")
    await stack.advance(by="P2D")
    page = await windows.as_customer(ANA, "/assinatura")

    await page.get_by_role("link", name="Pagar agora").click()
    await expect(page.get_by_text("O prazo para pagar terminou. Escolha como pagar.")).to_be_visible()
    await expect(page.get_by_role("radio")).to_have_count(3)
    await expect(page.get_by_label("Pix", exact=True)).to_be_checked()
    await page.get_by_role("button", name="Gerar Pix").click()

    await expect(page.get_by_role("timer")).to_be_visible()


async def test_after_the_end_an_unpaid_invoice_comes_second(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    subscription = await subscriber(stack, plans["Aluno"], since=MARCH_1)
    declining = {"cardToken": "tok_charge_declined"}
    await change(stack, "updatePaymentMethod", subscriptionId=subscription, paymentMethod=declining)
    # The renewal fails, and so do its retries: what was paid once leaves a debt.
    await stack.advance(by="P1M")
    await stack.advance(by="P1M")
    page = await windows.as_customer(ANA, "/assinatura")

    await expect(page.get_by_text("Para voltar, escolha um plano.")).to_be_visible()
    links = page.get_by_role("main").get_by_role("link")
    await expect(links).to_have_text(["Escolher um plano", "Pagar agora"])
    await reads(page, "Pagar encerra esta conta, mas não traz a assinatura de volta.")
