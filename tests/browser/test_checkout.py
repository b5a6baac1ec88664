"""From the plans to an active subscription: by card, Pix and boleto."""

from urllib.parse import urlsplit

from playwright.async_api import Page, Request, expect

from tests.browser.seeing import assert_fit_for_all, recorded
from tests.browser.shop import ANA, CARD, fill, newest_payment, offer, settle
from tests.browser.windows import PHONE, Windows
from tests.stack import Stack

LIVE_MS = 1_000
SMALL_PHONE_PX = 664 - 60
"""What a small phone shows of a page above the areas at its bottom."""


async def choose(page: Page, plan: str) -> None:
    card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=plan))
    await card.get_by_role("link", name="Assinar").click()
    await expect(page.get_by_role("heading", name="Assinar", level=1)).to_be_visible()


def carrying(requests: list[Request], text: str) -> set[str]:
    """Return the paths of the requests that carry *text*."""
    return {urlsplit(one.url).path for one in requests if text in (one.post_data or "") or text in one.url}


async def test_a_card_makes_the_subscription_active_and_goes_to_the_provider_only(
    windows: Windows, stack: Stack
) -> None:
    await offer(stack)
    page = await windows.as_customer(ANA)
    requests = recorded(page)

    await choose(page, "Personal")
    await fill(page, CARD)
    await expect(page.get_by_label("Número do cartão")).to_have_value("4242 4242 4242 4242")
    await expect(page.get_by_label("Validade")).to_have_value("12/30")
    await page.get_by_role("button", name="Assinar e pagar R$ 79,90").click()

    await expect(page.get_by_role("heading", name="Tudo certo")).to_be_visible()
    await expect(page.get_by_text("Pago", exact=True)).to_be_visible()
    await expect(page.get_by_text("Recebemos R$ 79,90.")).to_be_visible()
    assert carrying(requests, CARD["Número do cartão"]) == {"/sandbox/tokens"}
    assert carrying(requests, '"cvv"') == {"/sandbox/tokens"}

    await page.get_by_role("link", name="Ver minha assinatura").click()
    await expect(page.get_by_role("heading", name="Personal, mensal")).to_be_visible()
    await expect(page.get_by_text("Ativa", exact=True)).to_be_visible()
    await expect(page.get_by_text("Visa final 4242")).to_be_visible()


async def test_a_card_that_is_mistyped_is_not_sent_anywhere(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    page = await windows.as_customer(ANA, f"/checkout/{plans['Aluno']}")
    number = page.get_by_label("Número do cartão")
    await expect(number).to_be_visible()
    sent = recorded(page)

    await fill(page, {**CARD, "Número do cartão": "4242", "Validade": "1390"})
    await page.get_by_role("button", name="Assinar e pagar").click()

    await expect(number).to_have_attribute("aria-invalid", "true")
    await expect(number).to_have_accessible_description("Confira o número do cartão.")
    await expect(page.get_by_label("Validade")).to_have_accessible_description(
        "Informe mês e ano, como 08/29."
    )
    assert carrying(sent, "4242") == set()


async def test_a_declined_card_is_said_to_be_and_another_way_pays(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    page = await windows.as_customer(ANA, f"/checkout/{plans['Aluno']}")

    await fill(page, {**CARD, "Número do cartão": "4000000000000341"})
    await page.get_by_role("button", name="Assinar e pagar").click()
    await expect(page.get_by_text("Recusado pelo banco. Escolha como pagar.")).to_be_visible()
    await page.get_by_role("link", name="Pagar de outra forma").click()
    await page.get_by_label("Pix", exact=True).check()
    await page.get_by_role("button", name="Gerar Pix de R$ 29,90").click()
    await expect(page.get_by_alt_text("QR code do Pix")).to_be_visible()
    await page.get_by_role("button", name="Simular pagamento").click()

    await expect(page.get_by_role("heading", name="Fatura paga")).to_be_visible()


async def test_pix_shows_a_code_that_can_be_copied_and_turns_to_paid_by_itself(
    windows: Windows, stack: Stack
) -> None:
    plans = await offer(stack)
    page = await windows.as_customer(
        ANA,
        f"/checkout/{plans['Personal']}",
        size=PHONE,
        has_touch=True,
        is_mobile=True,
        permissions=["clipboard-read", "clipboard-write"],
    )

    # On the phone that has the payer's bank, Pix is the way to pay, and its QR code of no use.
    await expect(page.get_by_label("Pix", exact=True)).to_be_checked()
    await page.get_by_role("button", name="Assinar e gerar Pix de R$ 79,90").click()

    picture = page.get_by_alt_text("QR code do Pix")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("(image) => image.complete && image.naturalWidth > 0")
    code = await page.get_by_label("Pix copia e cola").input_value()
    await expect(page.get_by_role("heading", name="Pague com Pix")).to_be_visible()
    copy = page.get_by_role("button", name="Copiar código Pix")
    above, below = await copy.bounding_box(), await picture.bounding_box()
    assert above
    assert below
    assert above["y"] + above["height"] < SMALL_PHONE_PX
    assert below["y"] > above["y"]
    await assert_fit_for_all(page)
    await copy.click()
    await expect(page.get_by_role("button", name="Copiado")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == code
    assert code.startswith("000201")
    await expect(page.get_by_text("Aguardando pagamento")).to_be_visible()

    payment = await newest_payment(stack)
    await settle(stack, payment["id"])

    await expect(page.get_by_text("Pago", exact=True)).to_be_visible(timeout=LIVE_MS)
    await expect(page.get_by_role("heading", name="Tudo certo")).to_be_visible()
    assert (await newest_payment(stack))["status"] == "COMPLETED"


async def test_a_pix_code_counts_down_to_its_end(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    page = await windows.as_customer(ANA, f"/checkout/{plans['Personal']}")
    await page.get_by_label("Pix", exact=True).check()
    await page.get_by_role("button", name="Assinar e gerar Pix").click()
    timer = page.get_by_role("timer")
    before = await timer.text_content()

    await expect(timer).not_to_have_text(before or "")
    await stack.advance(by="P2D")

    await expect(page.get_by_text("O prazo para pagar terminou. Escolha como pagar.")).to_be_visible()
    await expect(page.get_by_role("link", name="Pagar de outra forma")).to_be_visible()


async def test_a_boleto_asks_who_pays_and_shows_its_line(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    page = await windows.as_customer(ANA, f"/checkout/{plans['Personal']}")
    await page.get_by_label("Boleto").check()
    tax_id = page.get_by_label("CPF ou CNPJ")

    await page.get_by_role("button", name="Assinar e gerar boleto").click()
    await expect(page.get_by_label("Nome completo")).to_be_focused()
    await fill(page, {"Nome completo": "Ana Souza", "CPF ou CNPJ": "11111111111"})
    await page.get_by_role("button", name="Assinar e gerar boleto").click()
    await expect(tax_id).to_have_accessible_description("Confira o CPF ou CNPJ: os números não conferem.")

    await tax_id.fill("")
    await tax_id.press_sequentially("52998224725")
    await expect(tax_id).to_have_value("529.982.247-25")
    await page.get_by_role("button", name="Assinar e gerar boleto").click()
    await expect(page.get_by_alt_text("Código de barras do boleto")).to_be_visible()
    line = await page.get_by_label("Linha digitável").input_value()
    assert sum(character.isdigit() for character in line) == 47
    await page.get_by_role("button", name="Simular pagamento").click()

    await expect(page.get_by_text("Pago", exact=True)).to_be_visible()


async def test_a_trial_costs_nothing_today(windows: Windows, stack: Stack) -> None:
    await offer(stack, trialDays=7)
    page = await windows.as_customer(ANA)

    await page.get_by_role("link", name="Testar 7 dias grátis").first.click()
    await expect(page.get_by_label("Testar 7 dias grátis")).to_be_checked()
    await fill(page, CARD)
    await page.get_by_role("button", name="Começar teste grátis").click()

    await expect(page.get_by_text("Seu teste grátis vai até")).to_be_visible()
    await page.get_by_role("link", name="Ver minha assinatura").click()
    await expect(page.get_by_text("Em teste", exact=True)).to_be_visible()


async def test_a_double_click_subscribes_once(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    page = await windows.as_customer(ANA, f"/checkout/{plans['Aluno']}")
    sent = recorded(page)
    await fill(page, CARD)

    await page.get_by_role("button", name="Assinar e pagar").dblclick()

    await expect(page.get_by_role("heading", name="Tudo certo")).to_be_visible()
    assert sum("createSubscription" in (one.post_data or "") for one in sent) == 1
