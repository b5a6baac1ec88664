"""Files for spreadsheets and programs: fetched with the token, which no address carries."""

from pathlib import Path

import orjson
from playwright.async_api import Page, Route, expect

from tests.browser.guard import Guard
from tests.browser.shop import ANA, MARCH_1, offer, subscriber
from tests.browser.windows import Windows
from tests.stack import Stack


async def ask_for(page: Page, form: str) -> None:
    await page.get_by_role("button", name="Exportar").click()
    await page.get_by_label(form, exact=True).check()


async def fetched(page: Page, folder: Path) -> Path:
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="Baixar arquivo").click()
    download = await waiting.value
    file = folder / download.suggested_filename
    await download.save_as(file)
    return file


async def test_this_months_payments_are_exported_for_a_spreadsheet(
    windows: Windows, stack: Stack, tmp_path: Path
) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"], since=MARCH_1)
    page = await windows.as_operator("/admin/pagamentos")
    await ask_for(page, "CSV")

    file = await fetched(page, tmp_path)

    assert file.name == "ciclo-payments-2027-03-01-2027-03-02.csv"
    head, line = file.read_text().splitlines()
    assert head.startswith("payment_id,created_at,status,amount,")
    assert ",COMPLETED,29.90," in line
    assert line.endswith(ANA)
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_events_are_exported_for_programs(windows: Windows, stack: Stack, tmp_path: Path) -> None:
    plans = await offer(stack)
    subscription = await subscriber(stack, plans["Aluno"], since=MARCH_1)
    page = await windows.as_operator("/admin/eventos")
    await ask_for(page, "JSONL")

    file = await fetched(page, tmp_path)

    assert file.name == "ciclo-events-2027-03-01-2027-03-02.jsonl"
    events = [orjson.loads(line) for line in file.read_bytes().splitlines()]
    assert {event["subscription_id"] for event in events} == {subscription}
    assert "payment_success" in {event["type"] for event in events}


async def test_a_file_that_does_not_come_says_so(windows: Windows, guard: Guard) -> None:
    guard.expect("500")
    page = await windows.as_operator("/admin")

    async def fail(route: Route) -> None:
        await route.fulfill(
            status=500, headers={"x-request-id": "req-of-the-test"}, json={"code": "INTERNAL"}
        )

    await page.route("**/exports/**", fail)
    await ask_for(page, "CSV")
    await page.get_by_role("button", name="Baixar arquivo").click()

    problem = page.get_by_role("dialog").get_by_role("alert")
    await expect(problem).to_contain_text("Não foi possível baixar o arquivo. Algo falhou do nosso lado.")
    await expect(page.get_by_text("req req-of-the-test")).to_be_visible()
