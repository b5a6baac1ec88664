"""Support finds a customer, changes the contact, looks at the tax id, and erases the person."""

from playwright.async_api import expect

from ciclo.store.mails.addresses import mark_bounced
from tests.browser.seeing import assert_fit_for_all
from tests.browser.windows import Windows
from tests.journeys.asking import mutate
from tests.journeys.test_customers import ANA, find
from tests.stack import Stack


async def test_a_customer_is_found_changed_looked_at_and_anonymized(windows: Windows, stack: Stack) -> None:
    await mutate(stack, "createCustomer", **ANA)
    await mutate(stack, "createCustomer", email="bia@example.com")
    page = await windows.as_operator("/admin/clientes")
    rows = page.get_by_role("table", name="Clientes").get_by_role("row")
    await expect(rows).to_have_count(3)
    await assert_fit_for_all(page)

    await page.get_by_label("Buscar").fill("joao")
    await expect(rows).to_have_count(2)
    assert page.url.endswith("/admin/clientes?busca=joao")
    await page.get_by_role("link", name="Ana São João").click()

    await expect(page.get_by_role("heading", name="Ana São João", level=1)).to_be_focused()
    await expect(page.get_by_text("***.982.247-**")).to_be_visible()
    await assert_fit_for_all(page)
    await page.get_by_role("button", name="Mostrar").click()
    await expect(page.get_by_text("52998224725")).to_be_visible()

    await page.get_by_role("button", name="Editar").click()
    await page.get_by_label("Nome").fill("Ana Nova")
    await assert_fit_for_all(page)
    await page.get_by_role("button", name="Salvar").click()
    await expect(page.get_by_role("heading", name="Ana Nova", level=1)).to_be_visible()

    await page.get_by_role("button", name="Link do portal").click()
    await page.get_by_role("dialog").get_by_role("button", name="Criar link").click()
    link = await page.get_by_role("dialog").get_by_label("Link do portal").last.input_value()
    assert link.startswith(f"{stack.url}/entrar#codigo=")
    await page.get_by_role("dialog").get_by_role("button", name="Fechar").last.click()

    await page.get_by_role("button", name="Anonimizar").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Digite").fill("bia@example.com")
    await dialog.get_by_label("Motivo").fill("pediu")
    await dialog.get_by_role("button", name="Anonimizar").click()
    await expect(dialog.get_by_text("Não é o e-mail deste cliente.")).to_be_visible()
    await dialog.get_by_label("Digite").fill("ana.souza@example.com")
    await dialog.get_by_role("button", name="Anonimizar").click()
    await expect(page.get_by_role("heading", name="Cliente anonimizado", level=1)).to_be_visible()

    await page.go_back()
    await expect(page.get_by_label("Buscar")).to_have_value("joao")


async def test_two_records_of_one_person_are_made_one(windows: Windows, stack: Stack) -> None:
    await mutate(stack, "createCustomer", **ANA)
    await mutate(stack, "createCustomer", email="bia@example.com")
    bia = (await find(stack, email="bia@example.com"))["id"]
    ana = (await find(stack, email="ana.souza@example.com"))["id"]
    page = await windows.as_operator(f"/admin/clientes/{ana}")

    await page.get_by_role("button", name="Unir").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("E-mail do outro cadastro").fill("ana.souza@example.com")
    await dialog.get_by_role("button", name="Buscar").click()
    await expect(dialog.get_by_text("Nenhum outro cliente tem este e-mail.")).to_be_visible()
    await dialog.get_by_label("E-mail do outro cadastro").fill("bia@example.com")
    await dialog.get_by_role("button", name="Buscar").click()
    await expect(dialog.get_by_text("bia@example.com (bia@example.com)")).to_be_visible()
    await assert_fit_for_all(page)
    await dialog.get_by_role("button", name="Unir").click()
    await expect(dialog).to_be_hidden()

    # Their own record leads to whose it is, and offers nothing to do.
    await page.goto(f"{stack.url}/admin/clientes/{bia}")
    await expect(page.get_by_text("Este cadastro foi unido a outro cliente")).to_be_visible()
    await expect(page.get_by_role("heading", name="Assinaturas")).to_have_count(0)
    await assert_fit_for_all(page)
    await page.get_by_role("link", name="Ver o outro cadastro").click()
    await page.wait_for_url(f"{stack.url}/admin/clientes/{ana}")


async def test_a_customer_whose_mail_came_back_is_mailed_again(windows: Windows, stack: Stack) -> None:
    await mutate(stack, "createCustomer", **ANA)
    await mark_bounced(stack.deps.store, "ana.souza@example.com")
    page = await windows.as_operator("/admin/clientes")
    row = page.get_by_role("table", name="Clientes").get_by_role("row").nth(1)
    await expect(row).to_contain_text("Devolvido")
    await row.get_by_role("link").click()
    await expect(page.get_by_text("Nada mais é enviado para ana.souza@example.com.")).to_be_visible()
    await assert_fit_for_all(page)
    await page.get_by_role("button", name="Voltar a enviar").click()
    await expect(page.get_by_text("Os e-mails para este cliente voltam")).to_have_count(0)
