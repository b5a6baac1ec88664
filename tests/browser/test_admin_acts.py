"""An operator acts for a customer: each act is shown before it is done, and keeps who did it and why."""

from playwright.async_api import Page, expect

from tests.browser.seeing import assert_fit_for_all
from tests.browser.shop import MARCH_1, newest_payment, offer, subscriber
from tests.browser.windows import PHONE, Windows
from tests.journeys.asking import a_plan, mutate, subscribe
from tests.stack import Stack

ASKED = """
query($id: ID!) {
  subscription(id: $id) {
    status quantity cancelReason cancelAtPeriodEnd trialEndsOn
    plan { name } discounts { code }
  }
  events(filter: { subscriptionId: $id }, first: 40) { edges { node { type actor data } } }
}"""


async def asked(stack: Stack, subscription_id: str) -> tuple[dict[str, object], dict[str, object]]:
    """Return a subscription, and the reason that each kind of event of it was given by a person."""
    answer = await stack.data(ASKED, {"id": subscription_id})
    nodes = [edge["node"] for edge in answer["events"]["edges"]]
    return answer["subscription"], {one["type"]: one["data"].get("reason") for one in nodes if one["actor"]}


async def open_act(page: Page, name: str) -> None:
    await page.locator(".before-list").get_by_role("button", name=name, exact=True).click()


async def give(page: Page, reason: str, *, confirm: str) -> None:
    """Say why, confirm, and see the dialog gone."""
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Motivo").fill(reason)
    await dialog.get_by_role("button", name=confirm, exact=True).click()
    await expect(dialog).to_have_count(0)


async def test_an_operator_changes_pauses_credits_and_cancels(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    subscription = await subscriber(stack, plans["Aluno"], since=MARCH_1)
    page = await windows.as_operator(f"/admin/assinaturas/{subscription}")

    await open_act(page, "Mudar plano ou quantidade")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Confirmar").click()
    await expect(dialog.get_by_text("Escolha outro plano ou outra quantidade.")).to_be_visible()
    await dialog.get_by_label("Plano").select_option(plans["Personal"])
    await expect(dialog.get_by_text("R$ 50,00").last).to_be_visible()  # 79.90 less the whole of 29.90
    await assert_fit_for_all(page)
    await give(page, "pediu por telefone", confirm="Confirmar mudança")
    await expect(page.get_by_text("Personal, mensal", exact=True)).to_be_visible()

    await open_act(page, "Conceder crédito")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Valor em BRL").fill("10")
    await give(page, "desculpas", confirm="Conceder crédito")

    await open_act(page, "Pausar")
    await expect(page.get_by_role("dialog").get_by_text("Vai para o saldo")).to_be_visible()
    await give(page, "férias", confirm="Pausar")
    await expect(page.get_by_text("Em pausa").first).to_be_visible()
    await open_act(page, "Retomar")
    await give(page, "voltou antes", confirm="Retomar")

    await open_act(page, "Cancelar assinatura")
    await give(page, "mudou de cidade", confirm="Agendar cancelamento")
    await open_act(page, "Desfazer cancelamento")
    await give(page, "ficou", confirm="Desfazer cancelamento")
    await open_act(page, "Cancelar assinatura")
    await page.get_by_role("dialog").get_by_text("Agora", exact=True).click()
    await page.get_by_role("dialog").get_by_label("Dias que faltam").select_option("REFUND")
    # It was paid from the balance when it was taken up again: that is where it goes back to.
    await expect(page.get_by_role("dialog").get_by_text("Vai para o saldo")).to_be_visible()
    await give(page, "fechou a academia", confirm="Cancelar agora")
    await expect(page.locator(".page-head").get_by_text("Cancelada")).to_be_visible()

    await stack.idle()
    found, reasons = await asked(stack, subscription)
    assert (found["status"], found["cancelReason"]) == ("CANCELLED", "fechou a academia")
    assert reasons["PLAN_CHANGED"] == "pediu por telefone"
    assert reasons["CREDIT_GRANTED"] == "desculpas"
    assert reasons["SUBSCRIPTION_RESUMED"] == "voltou antes"
    assert reasons["CANCELLATION_REVOKED"] == "ficou"
    assert (await newest_payment(stack))["status"] in {"COMPLETED", "REFUNDED"}


async def test_a_trial_is_extended_and_a_discount_given_and_taken_on_a_phone(
    windows: Windows, stack: Stack
) -> None:
    await a_plan(stack, name="Antes", trialDays=0)
    plan = await a_plan(stack, name="Aluno", trialDays=7)
    coupon = {"code": "VOLTA", "name": "Volta", "kind": "PERCENT", "percent": "20", "duration": "FOREVER"}
    created = await stack.data(
        "mutation($input: CreateCouponInput!) { createCoupon(input: $input) { userErrors { code } } }",
        {"input": coupon},
    )
    assert created["createCoupon"]["userErrors"] == []
    subscription = await subscriber(stack, plan, since=MARCH_1)
    page = await windows.as_operator(
        f"/admin/assinaturas/{subscription}", size=PHONE, has_touch=True, is_mobile=True
    )

    await open_act(page, "Prolongar teste")
    await page.get_by_role("dialog").get_by_label("Primeiro dia cobrado").fill("2027-03-05")
    await page.get_by_role("dialog").get_by_role("button", name="Prolongar teste").click()
    await expect(page.get_by_text("O teste já vai além deste dia.")).to_be_visible()
    await page.get_by_role("dialog").get_by_label("Primeiro dia cobrado").fill("2027-03-20")
    await give(page, "importação atrasada", confirm="Prolongar teste")
    await expect(page.get_by_text("20 mar. 2027").first).to_be_visible()

    await page.get_by_role("button", name="Aplicar cupom").click()
    await page.get_by_role("dialog").get_by_label("Cupom").fill("volta")
    await give(page, "fidelidade", confirm="Aplicar cupom")
    await expect(page.get_by_role("table", name="Descontos").get_by_text("VOLTA")).to_be_visible()
    await assert_fit_for_all(page)
    await page.get_by_role("button", name="Retirar").click()
    await give(page, "engano", confirm="Retirar")
    await expect(page.get_by_text("Nenhum desconto")).to_be_visible()

    found, reasons = await asked(stack, subscription)
    assert (found["trialEndsOn"], found["discounts"]) == ("2027-03-20", [])
    assert reasons["DISCOUNT_REMOVED"] == "engano"


async def test_an_open_invoice_is_found_collected_and_voided(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    paid = await subscriber(stack, plans["Aluno"], since=MARCH_1)
    await mutate(stack, "createSubscription", customerEmail="bia@example.com", planId=plans["Personal"])
    await stack.idle()
    page = await windows.as_operator("/admin/faturas")
    rows = page.get_by_role("table", name="Faturas").get_by_role("row")
    await expect(rows).to_have_count(3)
    await page.get_by_label("Situação").select_option("PENDING")
    await page.get_by_label("Número").fill("inv-0000")
    await page.wait_for_url("**/admin/faturas?situacao=PENDING&numero=inv-0000")
    await expect(rows).to_have_count(2)
    await assert_fit_for_all(page)
    await page.get_by_role("link", name="Personal").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Fatura INV-000002")
    await assert_fit_for_all(page)

    await open_act(page, "Cobrar agora")
    await page.get_by_role("dialog").get_by_role("button", name="Cobrar", exact=True).click()
    await expect(page.get_by_role("dialog").get_by_label("Pix copia e cola")).to_be_visible()
    await assert_fit_for_all(page)
    await page.get_by_role("dialog").get_by_role("button", name="Fechar").last.click()
    await open_act(page, "Reenviar por e-mail")
    await page.get_by_role("dialog").get_by_role("button", name="Reenviar por e-mail").click()
    await expect(page.get_by_text("Nenhum e-mail é enviado")).to_be_visible()  # no mail server is set here
    await page.get_by_role("dialog").get_by_role("button", name="Voltar").click()
    await open_act(page, "Cancelar fatura")
    await give(page, "emitida por engano", confirm="Cancelar fatura")
    await expect(page.get_by_text("Cancelada por um operador")).to_be_visible()

    await page.goto(f"/admin/assinaturas/{paid}")
    await page.get_by_role("table", name="Faturas").get_by_role("link", name="Aluno").click()
    await open_act(page, "Nota de crédito")
    await page.get_by_role("dialog").get_by_label("Valor").fill("5,00")
    await give(page, "aula cancelada", confirm="Emitir nota de crédito")
    note = page.get_by_role("table", name="Notas de crédito").get_by_role("row").nth(1)
    await expect(note).to_contain_text("aula cancelada")
    await expect(note).to_contain_text("R$ 5,00")


async def test_cash_is_booked_for_an_open_invoice(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    pix = {"pix": {}}
    await subscribe(stack, plans["Personal"], "bia@example.com", paymentMethod=pix, skipTrial=True)
    page = await windows.as_operator("/admin/faturas")
    await page.get_by_role("table", name="Faturas").get_by_role("link", name="Personal").click()
    await open_act(page, "Marcar como paga")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Marcar como paga").click()
    await expect(dialog.get_by_text("Diga como o dinheiro chegou.")).to_be_visible()
    await dialog.get_by_label("Como chegou").fill("TED 4711")
    await dialog.get_by_label("Valor").fill("7990")
    await assert_fit_for_all(page)
    await dialog.get_by_role("button", name="Marcar como paga").click()
    await expect(dialog.get_by_label("Valor")).to_have_attribute("aria-invalid", "true")
    await dialog.get_by_label("Valor").fill("")
    await give(page, "pagou na recepção", confirm="Marcar como paga")

    row = page.get_by_role("table", name="Pagamentos").get_by_role("row").filter(has_text="TED 4711")
    await expect(row).to_contain_text("R$ 79,90")
    bia = await windows.as_customer("bia@example.com", "/pagamentos")
    await expect(bia.get_by_text("Outro meio: TED 4711")).to_be_visible()


async def test_a_trial_ends_a_change_waits_and_a_customer_withdraws(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack, trialDays=7)
    subscription = await subscriber(stack, plans["Personal"], since=MARCH_1)
    page = await windows.as_operator(f"/admin/assinaturas/{subscription}")

    await open_act(page, "Encerrar teste")
    await give(page, "quer começar já", confirm="Encerrar teste")
    await expect(page.locator(".page-head").get_by_text("Ativa")).to_be_visible()

    await open_act(page, "Mudar plano ou quantidade")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Plano").select_option(plans["Aluno"])
    await dialog.get_by_label("Quando").select_option("PERIOD_END")
    await expect(dialog.get_by_text("R$ 29,90 em 1 abr. 2027")).to_be_visible()
    await give(page, "quer pagar menos", confirm="Confirmar mudança")
    await open_act(page, "Desfazer a mudança de plano")
    await expect(dialog.get_by_text("A mudança para Aluno, prevista para 1 abr. 2027")).to_be_visible()
    await assert_fit_for_all(page)
    await give(page, "mudou de ideia", confirm="Desfazer a mudança de plano")
    await expect(page.get_by_role("button", name="Desfazer a mudança de plano")).to_have_count(0)

    await open_act(page, "Desistência com devolução")
    await expect(dialog.get_by_text("R$ 79,90")).to_be_visible()
    await assert_fit_for_all(page)
    await give(page, "não era o que esperava", confirm="Cancelar e devolver")
    await expect(page.locator(".page-head").get_by_text("Cancelada")).to_be_visible()

    await stack.idle()
    found, reasons = await asked(stack, subscription)
    assert found["status"] == "CANCELLED"
    assert reasons["WITHDRAWAL_REQUESTED"] == "não era o que esperava"
    assert reasons["TRIAL_END_REQUESTED"] == "quer começar já"
    assert (await newest_payment(stack))["status"] == "REFUNDED"


async def test_a_boleto_is_made_for_an_invoice_that_is_written_off_in_the_end(
    windows: Windows, stack: Stack
) -> None:
    plans = await offer(stack)
    address = {"line1": "Av. Paulista, 1", "city": "São Paulo", "state": "SP", "postalCode": "01310100"}
    bia = {"email": "bia@example.com", "name": "Bia Souza", "taxId": "529.982.247-25", "address": address}
    assert await mutate(stack, "createCustomer", **bia) == []
    await mutate(stack, "createSubscription", customerEmail=bia["email"], planId=plans["Personal"])
    await stack.idle()
    page = await windows.as_operator("/admin/faturas", size=PHONE, has_touch=True, is_mobile=True)
    await page.get_by_role("link", name="Personal").tap()

    await open_act(page, "Cobrar agora")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_text("Boleto novo").tap()
    await dialog.get_by_role("button", name="Cobrar", exact=True).tap()
    await expect(dialog.get_by_label("Linha digitável")).to_be_visible()
    await assert_fit_for_all(page)
    await dialog.get_by_role("button", name="Fechar").last.tap()

    await open_act(page, "Baixar como perda")
    await assert_fit_for_all(page)
    await give(page, "empresa fechou", confirm="Baixar como perda")
    await expect(page.get_by_text("Baixada como perda")).to_be_visible()
    await expect(page.get_by_role("button", name="Cobrar agora")).to_have_count(0)
