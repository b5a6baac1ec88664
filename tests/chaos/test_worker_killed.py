import asyncio
import sys

import pytest

from ciclo.actions.audit import Audited, audit
from ciclo.settings import Settings
from tests.chaos.notices import pay_all, total_active, unpaid_subscriptions
from tests.chaos.processes import ROOT, environment, process
from tests.stack import running_stack, until


async def doomed_worker(settings: Settings, moment: str) -> asyncio.subprocess.Process:
    script = str(ROOT / "tests/chaos/doomed_worker.py")
    return await process(sys.executable, script, moment, env=environment(settings))


@pytest.mark.parametrize("moment", ["before-commit", "before-acknowledgement"])
async def test_what_a_killed_worker_held_is_applied_exactly_once(settings: Settings, moment: str) -> None:
    async with running_stack(settings) as stack:
        subscriptions = await unpaid_subscriptions(stack, 5)
    async with running_stack(settings, billing_workers=0, keep=True) as stack:
        await pay_all(stack, subscriptions)
        worker = await doomed_worker(stack.deps.settings, moment)
        assert await worker.wait() == -9
        payments = stack.deps.store["payments"]
        written = await payments.count_documents({"status": "COMPLETED"})
        assert written == (0 if moment == "before-commit" else len(subscriptions))
    # Nobody publishes these events again in this stack: what is done is done by claiming.
    async with running_stack(settings, keep=True, relaying=False) as stack:

        async def all_acknowledged() -> bool:
            pending = await stack.deps.streams.redis.xpending(f"{settings.stream_prefix}:billing", "billing")
            return bool(pending["pending"] == 0)

        await until(all_acknowledged)
        await stack.idle()
        assert await stack.deps.store["payments"].count_documents({}) == len(subscriptions)
        assert await total_active(stack) == len(subscriptions)
        assert [one async for one in audit(stack.deps, Audited())] == []
