"""Ciclo against an emulator of Stripe that other people wrote: a card from its first token to its refund.

localstripe is under the GPL. The test installs it into a folder of pytest's cache and runs it as a
process of its own; nothing of Ciclo imports it. What it gets wrong is left out: idempotency, decline
codes and refund events are tested against our own fake.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from ciclo.domain.events.facts import PaymentFailed, PaymentRefunded, PaymentSucceeded
from ciclo.gateways.protocol import Declined
from ciclo.gateways.stripe.gateway import StripeGateway
from tests.gateways.facts import (
    AT,
    CARD,
    PAYER,
    STRIPE_KEY,
    STRIPE_SECRET,
    SUBSCRIPTION,
    a_charge,
    a_payment,
    a_refund,
    payment_id,
    settings,
    wall_now,
)
from tests.gateways.fake_door import FakeDoor
from tests.gateways.fake_stripe import HOOK_PATH
from tests.gateways.worlds import Served

VERSION = "1.15.10"
INSTALL_S_MAX = 300
START_S_MAX = 30.0
WEBHOOK_S_MAX = 20.0


@pytest.fixture(scope="module")
def emulator(pytestconfig: pytest.Config) -> Path:
    """Return the folder that holds localstripe, installed on the first run."""
    assert pytestconfig.cache is not None
    python = f"{sys.implementation.name}{sys.version_info.major}{sys.version_info.minor}"
    folder = pytestconfig.cache.mkdir("localstripe") / f"{VERSION}-{python}"
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            fresh = Path(scratch) / "fresh"
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            command += ["--target", str(fresh), f"localstripe=={VERSION}"]
            subprocess.run(command, check=True, timeout=INSTALL_S_MAX)
            _put_in_place(fresh, folder)
    return folder


@pytest_asyncio.fixture(scope="module")
async def address(emulator: Path) -> AsyncIterator[str]:
    """Start localstripe and yield its address."""
    launcher = Path(__file__).parent / "localstripe_launcher.py"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(launcher),
        env={**os.environ, "PYTHONPATH": str(emulator), "PYTHONWARNINGS": "ignore"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield (await asyncio.wait_for(process.stdout.readline(), START_S_MAX)).decode().strip()
    finally:
        process.terminate()
        await process.wait()


async def test_a_card_is_kept_charged_declined_and_refunded_in_part(
    address: str, door: FakeDoor, door_server: Served
) -> None:
    await _register_webhook(address, door_server.url + HOOK_PATH)
    gateway = StripeGateway(settings(stripe_api_url=address))
    payer = replace(PAYER, reference=await gateway.register(PAYER))

    with pytest.raises(Declined):
        await gateway.tokenize(replace(CARD, number="4000000000000002"), payer)
    good = await gateway.tokenize(CARD, payer)
    bad = await gateway.tokenize(replace(CARD, number="4000000000000341"), payer)

    charge = a_charge(good)
    paid = await gateway.charge(charge, payer)
    assert isinstance(paid, PaymentSucceeded)
    reference = paid.provider_reference or ""
    assert paid == PaymentSucceeded(
        amount=29_90,
        currency="BRL",
        payment_id=payment_id("one"),
        provider="stripe",
        provider_reference=reference,
    )
    assert await gateway.fetch(a_payment(charge, provider="stripe", reference=reference)) == paid
    assert await gateway.charge(a_charge(bad, name="two"), payer) == PaymentFailed(
        amount=29_90,
        currency="BRL",
        payment_id=payment_id("two"),
        attempt=1,
        failure_code="card_declined",
    )

    order = a_refund(charge, provider="stripe", reference=reference, amount=10_00)
    assert await gateway.refund(order, requested_at=AT) == PaymentRefunded(
        amount=10_00, currency="BRL", payment_id=payment_id("one"), refund_id=order.refund_id
    )

    await door.until(lambda: len(door.hooks) > 1, within_s=WEBHOOK_S_MAX)
    notices = [
        notice
        for hook in door.hooks
        for notice in gateway.verify(headers=hook.headers, query=hook.query, body=hook.body, now=wall_now())
    ]
    assert {(one.payment_id, type(one.payload)) for one in notices} == {
        (payment_id("one"), PaymentSucceeded),
        (payment_id("two"), PaymentFailed),
    }
    assert {one.subscription_id for one in notices} == {SUBSCRIPTION}
    await gateway.aclose()


async def _register_webhook(address: str, url: str) -> None:
    events = ["payment_intent.succeeded", "payment_intent.payment_failed"]
    async with httpx.AsyncClient(trust_env=False, auth=(STRIPE_KEY, "")) as client:
        answer = await client.post(
            f"{address}/_config/webhooks/ciclo",
            data={"url": url, "secret": STRIPE_SECRET, "events[]": events},
        )
        answer.raise_for_status()


def _put_in_place(fresh: Path, folder: Path) -> None:
    """Move what was installed to where it is looked for; another run may have been faster."""
    try:
        fresh.rename(folder)
    except OSError:
        assert folder.exists()
