"""A checkout link from its making to its end: made on a desk, paid by on a phone, used up or revoked."""

from pathlib import Path

from playwright.async_api import expect

from tests.browser.guard import Guard
from tests.browser.seeing import assert_fit_for_all
from tests.browser.shop import CARD, fill
from tests.browser.windows import DESKTOP, PHONE, Windows
from tests.journeys.asking import a_plan, subscribe
from tests.journeys.test_checkout_links import a_link
from tests.stack import Stack


async def test_a_plan_is_sold_by_a_link(windows: Windows, stack: Stack, guard: Guard, tmp_path: Path) -> None:
    guard.expect("status of 410")
    guard.expect("status of 404")
    plan = await a_plan(stack, name="Aluno", trialDays=0)

    # Made on a desk; what can't be is said at its field.
    desk = await windows.as_operator("/admin/planos/links")
    await desk.get_by_role("button", name="Novo link de venda").click()
    dialog = desk.get_by_role("dialog")
    await dialog.get_by_label("Plano").select_option(plan)
    await dialog.get_by_label("Quantidade máxima").fill("3")
    await dialog.get_by_label("Quantas assinaturas").fill("1")
    for label, wrong, right in (
        ("Anotações no cadastro", "campanha", "campanha = junho\n\nde=a=b"),
        ("Só para este cliente", "nobody@example.com", ""),
        ("Endereço depois de assinar", "https://evil.example/", f"{stack.url}/entrar?de=ciclo"),
    ):
        field = dialog.get_by_label(label)
        await field.fill(wrong)
        await dialog.get_by_role("button", name="Criar link").click()
        await expect(field).to_have_attribute("aria-invalid", "true")
        await field.fill(right)
    await desk.screenshot(path=tmp_path / "making.png", full_page=True)
    await assert_fit_for_all(desk)
    await dialog.get_by_role("button", name="Criar link").click()
    url = await desk.get_by_role("textbox", name="Endereço do link").input_value()

    # Taken on a phone, by somebody whom nobody knows.
    phone = await windows.open(size=PHONE, has_touch=True, is_mobile=True)
    await phone.goto(url)
    await expect(phone.get_by_role("heading", name="Assinar Aluno")).to_be_visible()
    await expect(phone.get_by_role("radio", name="Pix")).to_be_checked()
    await phone.get_by_label("Quantidade").fill("2")
    await expect(phone.get_by_role("button", name="Assinar e gerar Pix de R$ 59,98")).to_be_visible()
    await fill(phone, {"E-mail": "ana@example.com", "Nome completo": "Ana Souza", "CPF": "529.982.247-24"})
    await phone.get_by_role("button", name="Assinar e gerar").click()
    await expect(phone.get_by_label("CPF")).to_have_attribute("aria-invalid", "true")
    await assert_fit_for_all(phone)
    await phone.screenshot(path=tmp_path / "checkout.png", full_page=True)
    await phone.get_by_label("CPF").fill("52998224725")
    await phone.get_by_role("button", name="Assinar e gerar").click()

    # On the invoice: its code, then that it is paid, then on to the seller with nothing but an id.
    await expect(phone.get_by_role("img", name="QR code do Pix")).to_be_visible()
    await phone.get_by_role("button", name="Simular pagamento").click()
    await expect(phone.locator(".paid")).to_contain_text("Recebemos R$ 59,98")
    await phone.screenshot(path=tmp_path / "paid.png", full_page=True)
    await phone.get_by_role("button", name="Continuar").click()
    subscription = await stack.deps.store["subscriptions"].find_one({})
    assert subscription is not None
    customer = await stack.deps.store["customers"].find_one({"_id": subscription["customer_id"]})
    assert customer is not None
    assert customer["metadata"] == {"campanha": "junho", "de": "a=b"}
    await phone.wait_for_url(f"{stack.url}/entrar?de=ciclo&subscription={subscription['_id']}")

    # Used up, and told so; the operator sees it.
    await phone.goto(url)
    await expect(phone.get_by_role("heading", name="Oferta esgotada")).to_be_visible()
    await assert_fit_for_all(phone)
    await desk.reload()
    await expect(desk.get_by_text("Esgotado")).to_be_visible()
    await phone.goto("/c/00000000000000000000000000-0-00000000000000000000000000000000")
    await expect(phone.get_by_role("heading", name="Link inválido")).to_be_visible()


async def test_a_trial_by_a_link_that_is_revoked_then(windows: Windows, stack: Stack, tmp_path: Path) -> None:
    plan = await a_plan(stack, name="Aluno", trialDays=0)
    trial = await a_link(stack, plan, trialDays=7, methods=["CREDIT_CARD"])
    # By card: nothing is due today, and it is said so.
    other = await windows.open()
    await other.goto(f"/c/{trial}")
    await expect(other.get_by_text("Período de teste grátis até")).to_be_visible()
    await fill(other, {"E-mail": "bruno@example.com", "Nome completo": "Bruno Lima", "CPF": "111.444.777-35"})
    await fill(other, CARD)
    await other.screenshot(path=tmp_path / "trial.png", full_page=True)
    await assert_fit_for_all(other)
    await other.get_by_role("button", name="Começar teste grátis").click()
    await expect(other.get_by_role("heading", name="Tudo certo")).to_be_visible()

    desk = await windows.as_operator("/admin/planos/links")
    # Another one is for a customer whom the seller knows.
    carla = "carla@example.com"
    await subscribe(stack, plan, carla, paymentMethod={"pix": {}})
    await desk.get_by_role("button", name="Novo link de venda").click()
    dialog = desk.get_by_role("dialog")
    await dialog.get_by_label("Plano").select_option(plan)
    await dialog.get_by_label("Só para este cliente").fill(carla)
    await desk.set_viewport_size(PHONE)
    await assert_fit_for_all(desk)
    await dialog.get_by_label("Último dia").scroll_into_view_if_needed()
    await desk.screenshot(path=tmp_path / "named.png")
    await dialog.get_by_role("button", name="Criar link").click()
    await expect(desk.get_by_role("textbox", name="Endereço do link")).to_be_visible()
    await desk.get_by_role("dialog").get_by_role("button", name="Voltar").click()
    await assert_fit_for_all(desk)
    await desk.screenshot(path=tmp_path / "named-row.png", full_page=True)
    await desk.get_by_role("link", name="Para um cliente").click()
    await expect(desk.get_by_text(carla).first).to_be_visible()
    await desk.go_back()
    await desk.set_viewport_size(DESKTOP)
    await desk.get_by_role("button", name="Desativar").last.click()
    await desk.get_by_role("dialog").get_by_label("Motivo").fill("A campanha acabou")
    await desk.get_by_role("dialog").get_by_role("button", name="Desativar").click()
    await expect(desk.get_by_text("Desativado", exact=True)).to_be_visible()
    await desk.screenshot(path=tmp_path / "links.png", full_page=True)
