"""The hub: a slow listener is let go, and never holds the others up."""

from contextlib import ExitStack

import pytest

from ciclo.actions.live_updates import (
    LISTENERS_MAX,
    LISTENERS_OF_VIEWER_MAX,
    WAITING_MAX,
    Hub,
    ListenerTooSlow,
    ServerEnding,
    SubscriptionChange,
    TooManyListeners,
    TooManyOfViewer,
)


def change(number: int) -> SubscriptionChange:
    return SubscriptionChange(
        event_id=f"evt_{number}", type="payment_success", subscription_id="sub_1", customer_id="cus_1"
    )


async def test_a_listener_that_does_not_keep_up_is_let_go_and_the_others_hear_everything() -> None:
    hub, sent = Hub(), [change(number) for number in range(WAITING_MAX + 1)]
    with hub.listen(lambda _: True, viewer="ana") as slow, hub.listen(lambda _: True, viewer="ana") as quick:
        taken = quick.changes()
        heard = []
        for one in sent:
            hub.offer(one)
            heard.append(await anext(taken))

        assert heard == sent
        with pytest.raises(ListenerTooSlow):
            await anext(slow.changes())


async def test_who_only_wants_to_know_that_something_changed_is_never_overrun() -> None:
    hub = Hub()
    with hub.listen(lambda _: True, viewer="ana", coalescing=True) as listener:
        for number in range(WAITING_MAX * 2):
            hub.offer(change(number))

        assert await anext(listener.changes()) == change(0)
        assert listener.queue.empty()


async def test_a_gap_in_the_news_is_told_to_everybody() -> None:
    hub = Hub()
    with hub.listen(lambda _: False, viewer="ana") as listener:
        hub.offer(change(1))
        hub.offer(None)

        assert await anext(listener.changes()) is None


async def test_one_viewer_leaves_room_for_others() -> None:
    hub = Hub()
    with ExitStack() as held:
        for _ in range(LISTENERS_OF_VIEWER_MAX):
            held.enter_context(hub.listen(lambda _: True, viewer="ana"))
        with pytest.raises(TooManyOfViewer), hub.listen(lambda _: True, viewer="ana"):
            pass
        with hub.listen(lambda _: True, viewer="bruno"):
            pass

    with hub.listen(lambda _: True, viewer="ana"):
        pass


async def test_there_is_room_for_so_many_and_places_become_free() -> None:
    hub = Hub()
    held = [hub.listen(lambda _: True, viewer=str(number)) for number in range(LISTENERS_MAX)]
    for one in held:
        one.__enter__()
    with pytest.raises(TooManyListeners), hub.listen(lambda _: True, viewer="ana"):
        pass

    held.pop().__exit__(None, None, None)
    with hub.listen(lambda _: True, viewer="ana") as listener:
        hub.offer(change(1))
        assert await anext(listener.changes()) == change(1)


async def test_when_the_process_ends_all_listeners_hear_so_and_nobody_new_is_let_in() -> None:
    hub = Hub()
    with ExitStack() as held:
        waiting = held.enter_context(hub.listen(lambda _: True, viewer="ana"))
        behind = held.enter_context(hub.listen(lambda _: True, viewer="ana"))
        coalescing = held.enter_context(hub.listen(lambda _: True, viewer="ana", coalescing=True))
        for number in range(WAITING_MAX + 1):
            behind.offer(change(number))
        coalescing.offer(change(1))

        hub.close()

        for listener in (waiting, behind, coalescing):
            with pytest.raises(ServerEnding):
                await anext(listener.changes())
        with pytest.raises(ServerEnding), hub.listen(lambda _: True, viewer="bia"):
            pass
