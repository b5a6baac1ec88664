import asyncio
import os
import sys
from pathlib import Path

import pytest

from ciclo.actions.audit import Audited, audit
from ciclo.settings import Settings
from tests.chaos.notices import pay_all, total_active, unpaid_subscriptions
from tests.stack import running_stack, until

ROOT = Path(__file__).parents[2]


def environment(settings: Settings) -> dict[str, str]:
    secrets = ",".join(secret.get_secret_value() for secret in settings.webhook_secrets)
    assert settings.jwt_secret is not None
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "CICLO_MONGO_URL": settings.mongo_url.get_secret_value(),
        "CICLO_REDIS_URL": settings.redis_url.get_secret_value(),
        "CICLO_MONGO_DATABASE": settings.mongo_database,
        "CICLO_STREAM_PREFIX": settings.stream_prefix,
        "CICLO_JWT_SECRET": settings.jwt_secret.get_secret_value(),
        "CICLO_WEBHOOK_SECRETS": secrets,
    }


async def doomed_worker(settings: Settings, moment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "tests/chaos/doomed_worker.py"),
        moment,
        env=environment(settings),
        stdout=asyncio.subprocess.DEVNULL,
    )


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
