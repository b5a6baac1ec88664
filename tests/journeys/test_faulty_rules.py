"""A rule that fails by a fault of its own: the event's record says what, the log says where."""

import traceback

from structlog.typing import EventDict

from tests.journeys.spoiling import many
from tests.stack import Stack, until


async def test_the_log_tells_where_a_rule_failed(spoilt: Stack, told: list[EventDict]) -> None:
    [subscription] = await many(spoilt, 1)
    payment = await spoilt.deps.store["payments"].find_one({"subscription_id": subscription})
    assert payment is not None
    await spoilt.deps.store["invoices"].delete_one({"_id": payment["invoice_id"]})
    await spoilt.notify(
        {
            "subscription_id": subscription,
            "event": "payment_success",
            "payment_id": payment["_id"],
            "amount": 29.99,
            "date": "2026-11-01",
        },
        webhook_id="msg_1",
    )

    async def is_told() -> bool:
        return any(line["event"] == "event_failed" for line in told)

    await until(is_told)
    line = next(line for line in told if line["event"] == "event_failed")
    notice = await spoilt.deps.store["events"].find_one({"dedupe_key": {"$regex": "msg_1$"}})
    assert notice is not None
    assert (line["event_id"], line["type"], line["log_level"]) == (notice["_id"], "payment_success", "error")
    assert "allocate_payment" in [
        frame.name for frame in traceback.extract_tb(line["exc_info"].__traceback__)
    ]
