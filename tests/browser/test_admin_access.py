"""The operators' pages are for everybody: axe finds nothing, phones scroll one way, keys are enough."""

from dataclasses import dataclass

import pytest
from playwright.async_api import Page, ViewportSize, expect

from tests.browser.seeing import assert_fit_for_all, sideways_px
from tests.browser.shop import MARCH_1, offer, subscriber
from tests.browser.windows import DESKTOP, NARROW, PHONE, Windows
from tests.stack import Stack

LONG = "uma.pessoa.de.nome.comprido@uma-empresa-de-nome-comprido.example.com"


@dataclass(frozen=True, kw_only=True)
class Ids:
    """What the addresses of single things need."""

    plan: str
    subscription: str


async def business(stack: Stack) -> Ids:
    """Fill every list: somebody who pays, somebody who can't, a notice in another currency, a dead one."""
    plans = await offer(stack)
    subscription = await subscriber(stack, plans["Aluno"], email=LONG, since=MARCH_1)
    failing = await subscriber(stack, plans["Personal"], email="bia@example.com", card="tok_charge_declined")
    notice = {"event": "payment_success", "amount": 1.23, "currency": "USD", "date": "2027-03-01"}
    answer = await stack.notify({"subscription_id": subscription, **notice}, webhook_id="msg_unexpected")
    assert answer.status_code == 202
    await stack.idle()
    error = "ValueError: an amount that can't be read, and a long text about it that goes on and on"
    await stack.deps.store["events"].update_one(
        {"subscription_id": failing, "type": "payment_failed"},
        {"$set": {"dead": True, "tries": 2, "last_error": error}},
    )
    return Ids(plan=plans["Aluno"], subscription=subscription)


def heads(ids: Ids) -> dict[str, str]:
    """Return the title of every page by its address."""
    return {
        "/admin": "Visão geral",
        "/admin/assinaturas": "Assinaturas",
        f"/admin/assinaturas/{ids.subscription}": LONG,
        "/admin/pagamentos": "Pagamentos",
        "/admin/eventos": "Eventos",
        "/admin/eventos/revisao": "Para revisar",
        "/admin/eventos/falhas": "Fila de falhas",
        "/admin/planos": "Planos",
        "/admin/planos/novo": "Novo plano",
        "/admin/planos/cupons": "Cupons",
        f"/admin/planos/{ids.plan}": "Aluno, mensal",
        "/admin/acesso/aprovacoes": "Aprovações",
        "/admin/acesso/chaves": "Chaves de API",
        "/admin/acesso/registro": "Registro de operações",
        "/admin/nada": "Página não encontrada",
    }


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
async def test_every_page_is_fit_for_all(windows: Windows, stack: Stack, size: ViewportSize) -> None:
    ids = await business(stack)
    page = await windows.as_operator(size=size)
    for path, head in heads(ids).items():
        await page.goto(path)
        await expect(page.get_by_role("heading", level=1, name=head)).to_be_visible()
        await assert_fit_for_all(page)


async def test_no_page_scrolls_sideways_on_the_narrowest_phone(windows: Windows, stack: Stack) -> None:
    ids = await business(stack)
    page = await windows.as_operator(size=NARROW)
    wider = {}
    for path, head in heads(ids).items():
        await page.goto(path)
        await expect(page.get_by_role("heading", level=1, name=head)).to_be_visible()
        wider[path] = await sideways_px(page)
    assert wider == dict.fromkeys(wider, 0)


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
async def test_every_dialog_is_fit_for_all(windows: Windows, stack: Stack, size: ViewportSize) -> None:
    ids = await business(stack)
    page = await windows.as_operator(size=size)
    openers = {
        "/admin": "Exportar",
        "/admin/eventos": "Assinatura criada",
        "/admin/eventos/falhas": "Descartar",
        "/admin/pagamentos": LONG,
        f"/admin/planos/{ids.plan}": "Arquivar plano",
        "/admin/planos/cupons": "Novo cupom",
        "/admin/acesso/chaves": "Nova chave",
        "/admin/acesso/registro": "Plano criado",
    }
    for path, name in openers.items():
        await page.goto(path)
        await page.get_by_role("button", name=name).first.click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        await assert_fit_for_all(page)
    await page.goto("/admin/pagamentos")
    await open_refund(page)
    await assert_fit_for_all(page)


async def open_refund(page: Page) -> None:
    await page.get_by_role("button", name=LONG).first.click()
    await page.get_by_role("dialog").get_by_role("button", name="Estornar").click()
    await expect(page.get_by_label("Motivo")).to_be_visible()


async def test_keys_alone_discard_nothing_by_accident(windows: Windows, stack: Stack) -> None:
    await business(stack)
    page = await windows.as_operator("/admin/eventos/falhas")
    await page.get_by_role("button", name="Descartar").focus()

    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Descartar o evento")
    await expect(dialog.get_by_role("button", name="Fechar")).to_be_focused()
    await page.keyboard.press("Escape")

    await expect(dialog).to_have_count(0)
    await expect(page.get_by_role("button", name="Descartar")).to_be_focused()


async def test_english_is_spoken_on_request(windows: Windows, stack: Stack) -> None:
    await business(stack)
    page = await windows.as_operator()
    await page.get_by_role("button", name="Conta de admin@example.com").click()

    await page.get_by_label("English").check()

    await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    await expect(page.locator(".kpi-value").first).to_have_text("R$29.90")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
