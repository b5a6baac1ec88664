"""What happens elsewhere appears by itself, and what happened while nobody told is fetched."""

from playwright.async_api import WebSocket, WebSocketRoute, expect

from tests.browser.guard import Guard
from tests.browser.shop import ANA, change, newest_payment, offer, settle, subscriber
from tests.browser.windows import Windows
from tests.stack import Stack

LIVE_MS = 1_000


async def test_a_change_in_one_window_appears_in_another_within_a_second(
    windows: Windows, stack: Stack
) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"])
    first, second = [await windows.as_customer(ANA, "/assinatura") for _ in range(2)]
    await expect(second.get_by_text("Atualizado")).to_be_attached()

    await first.get_by_role("button", name="Pausar").click()
    await first.get_by_role("dialog").get_by_role("button", name="Pausar").click()
    await expect(first.get_by_text("Pausa em")).to_be_visible()

    await expect(second.get_by_text("Pausa em")).to_be_visible(timeout=LIVE_MS)
    told = second.get_by_role("status").filter(has_text="Sua assinatura fica em pausa a partir de")
    await expect(told).to_be_visible(timeout=LIVE_MS)
    await expect(first.get_by_text("Sua assinatura fica em pausa")).to_have_count(0)


async def test_a_payment_appears_in_the_list_that_is_open(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    subscription = await subscriber(stack, plans["Aluno"], card="tok_charge_declined")
    page = await windows.as_customer(ANA, "/pagamentos")
    await expect(page.get_by_role("row").filter(has_text="Recusado")).to_have_count(1)

    await change(stack, "updatePaymentMethod", subscriptionId=subscription, paymentMethod={"pix": {}})
    await expect(page.get_by_role("row").filter(has_text="Pix")).to_have_count(1)
    await settle(stack, (await newest_payment(stack))["id"])

    await expect(page.get_by_role("row").filter(has_text="Pago")).to_have_count(1)


async def test_another_customers_change_is_not_told(windows: Windows, stack: Stack) -> None:
    plans = await offer(stack)
    mine = await subscriber(stack, plans["Aluno"])
    brunos = await subscriber(stack, plans["Aluno"], email="bruno@example.com")
    page = await windows.open()
    told: list[str] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: told.append(str(frame)))

    page.on("websocket", listen)
    await windows.sign_in(page, ANA, "/assinatura")
    await expect(page.get_by_text("Atualizado")).to_be_attached()

    await change(stack, "pauseSubscription", subscriptionId=brunos)
    await change(stack, "pauseSubscription", subscriptionId=mine)

    await expect(page.get_by_text("Em pausa", exact=True)).to_be_visible()
    assert any(mine in one for one in told)
    assert not any(brunos in one for one in told)


async def test_what_changed_while_the_socket_was_away_is_fetched_when_it_is_back(
    windows: Windows, stack: Stack, guard: Guard
) -> None:
    guard.expect("WebSocket")
    plans = await offer(stack)
    subscription = await subscriber(stack, plans["Aluno"])
    page = await windows.open()
    sockets: list[WebSocketRoute] = []
    is_away = False

    async def connect(socket: WebSocketRoute) -> None:
        if is_away:
            await socket.close()
            return
        socket.connect_to_server()
        sockets.append(socket)

    await page.route_web_socket("**/graphql", connect)
    await windows.sign_in(page, ANA, "/assinatura")
    await expect(page.get_by_text("Atualizado")).to_be_attached()

    is_away = True
    for socket in sockets:
        await socket.close()
    await expect(page.get_by_text("Reconectando")).to_be_attached()
    await change(stack, "pauseSubscription", subscriptionId=subscription)
    await expect(page.get_by_text("Ativa", exact=True)).to_be_visible()
    is_away = False

    await expect(page.get_by_text("Atualizado")).to_be_attached()
    await expect(page.get_by_text("Em pausa", exact=True)).to_be_visible()
