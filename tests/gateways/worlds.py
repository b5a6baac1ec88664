"""The three providers as one: what the contract needs of each world to ask the same of all."""

from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, replace

from ciclo.domain.events.facts import PaymentAuthorized, PaymentSucceeded
from ciclo.domain.payment import MethodKind, PaymentMethod
from ciclo.gateways.abacatepay.gateway import AbacatePayGateway
from ciclo.gateways.protocol import Charge, Gateway, Notice, Payer
from ciclo.gateways.sandbox.gateway import SandboxGateway
from ciclo.gateways.stripe.gateway import StripeGateway
from tests.gateways.facts import AT, BOLETO, PAYER, PIX, a_payment, settings, wall_now
from tests.gateways.fake_abacatepay import FakeAbacatePay
from tests.gateways.fake_door import FakeDoor, own_notice
from tests.gateways.fake_stripe import FakeStripe
from tests.gateways.serving import Faulty

ANSWER_S_MAX = 10.0
"""How long a gateway waits: a machine may be busy, and the Stripe SDK loads slowly."""
IMPATIENT_S_MAX = 0.3
"""How long one waits where no answer will come."""


@dataclass(frozen=True, slots=True)
class Served:
    """A server that stays up for all tests, and its address."""

    server: Faulty
    url: str


class World(ABC):
    """A provider, what can go wrong on the way to it, and the front door that it reports to."""

    gateway: Gateway
    server: Faulty
    door: FakeDoor
    door_url: str

    def __init__(self) -> None:
        self._opened = [self.gateway]

    @abstractmethod
    def opened(self, *, answer_s_max: float) -> Gateway:
        """Return another client of the same provider."""

    def impatient(self) -> Gateway:
        """Return a client that soon gives up."""
        self._opened.append(self.opened(answer_s_max=IMPATIENT_S_MAX))
        return self._opened[-1]

    async def aclose(self) -> None:
        """Close all clients."""
        for gateway in self._opened:
            await gateway.aclose()

    @abstractmethod
    async def card(self, *, declines: str | None = None, fails: int = 0) -> PaymentMethod:
        """Return a kept card: one that pays, always declines, or declines *fails* times first."""

    @abstractmethod
    async def settle(self, charge: Charge, answer: PaymentAuthorized) -> None:
        """Let the payer pay a code."""

    @abstractmethod
    def acted(self) -> Counter[str]:
        """Return how often the provider collected each payment, or made a code for it."""

    async def method(self, kind: MethodKind) -> PaymentMethod:
        """Return a method that pays."""
        match kind:
            case MethodKind.CREDIT_CARD:
                return await self.card()
            case MethodKind.PIX:
                return PIX
            case MethodKind.BOLETO:
                return BOLETO

    async def payer(self) -> Payer:
        """Return a payer whom the provider knows."""
        return replace(PAYER, reference=await self.gateway.register(PAYER))

    async def deliver(self) -> None:  # noqa: B027 - the sandbox sends them at once
        """Let the provider send the reports that wait."""

    async def finish_refunds(self) -> None:  # noqa: B027 - the sandbox's do so at once
        """Let refunds under way go through."""

    async def notices(self) -> list[Notice]:
        """Return what the provider reported so far, verified, without repeats."""
        await self.deliver()
        found: dict[str, Notice] = {}
        for hook in self.door.distinct():
            for notice in self.gateway.verify(
                headers=hook.headers, query=hook.query, body=hook.body, now=wall_now()
            ):
                found[notice.dedupe_key] = notice
        return list(found.values())

    async def reported(self, answer: object) -> set[object]:
        """Return the facts that an answer and all reports state, waiting aside."""
        facts: list[object] = [notice.payload for notice in await self.notices()]
        return {fact for fact in [answer, *facts] if not isinstance(fact, PaymentAuthorized | None)}


class SandboxWorld(World):
    """The sandbox: it reports by itself, so what can go wrong is the front door."""

    def __init__(self, door: FakeDoor, at: Served) -> None:
        self.door, self.door_url, self.server = door, at.url, at.server
        self.gateway = self.sandbox = self.opened(answer_s_max=ANSWER_S_MAX)
        super().__init__()

    def opened(self, *, answer_s_max: float) -> SandboxGateway:
        return SandboxGateway(settings(base_url=self.door_url), now=wall_now, answer_s_max=answer_s_max)

    async def card(self, *, declines: str | None = None, fails: int = 0) -> PaymentMethod:
        token = f"tok_fails_{fails}" if fails else f"tok_{declines}" if declines else "tok_visa"
        return await self.gateway.attach(token, PAYER)

    async def settle(self, charge: Charge, answer: PaymentAuthorized) -> None:
        waiting = a_payment(charge, provider="sandbox", reference=answer.provider_reference)
        await self.sandbox.pay_code(waiting, at=AT)

    def acted(self) -> Counter[str]:
        told = (own_notice(hook) for hook in self.door.distinct())
        return Counter(str(one.payment_id) for one in told if isinstance(one.payload, PaymentSucceeded))

    async def notices(self) -> list[Notice]:
        return [own_notice(hook) for hook in self.door.distinct()]


class StripeWorld(World):
    """Stripe, as our own small fake plays it."""

    def __init__(self, fake: FakeStripe, at: Served, *, door: FakeDoor, door_at: Served) -> None:
        self.fake, self.server = fake, at.server
        self.door, self.door_url = door, door_at.url
        self.settings = settings(stripe_api_url=at.url)
        self.gateway = self.opened(answer_s_max=ANSWER_S_MAX)
        super().__init__()

    def opened(self, *, answer_s_max: float) -> StripeGateway:
        return StripeGateway(self.settings, answer_s_max=answer_s_max)

    async def card(self, *, declines: str | None = None, fails: int = 0) -> PaymentMethod:
        code = "insufficient_funds" if fails else declines
        method = self.fake.method(declines=code, fails=fails or None)
        return await self.gateway.attach(method.id, await self.payer())

    async def settle(self, charge: Charge, answer: PaymentAuthorized) -> None:
        del charge
        self.fake.pay(answer.provider_reference)

    def acted(self) -> Counter[str]:
        return Counter({key.split(":")[1]: times for key, times in self.fake.charged.items()})

    async def deliver(self) -> None:
        await self.fake.deliver(self.door_url)

    async def finish_refunds(self) -> None:
        self.fake.finish_refunds()


class AbacatePayWorld(World):
    """AbacatePay, as our own small fake plays it."""

    def __init__(self, fake: FakeAbacatePay, at: Served, *, door: FakeDoor, door_at: Served) -> None:
        self.fake, self.server = fake, at.server
        self.door, self.door_url = door, door_at.url
        self.settings = settings(abacatepay_api_url=at.url)
        self.gateway = self.abacatepay = self.opened(answer_s_max=ANSWER_S_MAX)
        super().__init__()

    def opened(self, *, answer_s_max: float) -> AbacatePayGateway:
        return AbacatePayGateway(self.settings, answer_s_max=answer_s_max)

    async def card(self, *, declines: str | None = None, fails: int = 0) -> PaymentMethod:
        raise NotImplementedError("no cards by AbacatePay")

    async def settle(self, charge: Charge, answer: PaymentAuthorized) -> None:
        del charge
        self.fake.pay(answer.provider_reference)

    def acted(self) -> Counter[str]:
        return Counter({key.split(":")[1]: times for key, times in self.fake.made.items()})

    async def deliver(self) -> None:
        await self.fake.deliver(self.door_url)

    async def finish_refunds(self) -> None:
        self.fake.finish_refunds()
