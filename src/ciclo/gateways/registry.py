"""The providers that settings name: which collects which method, and which answers to which name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ciclo.domain.payment import MethodKind
from ciclo.gateways.abacatepay.gateway import AbacatePayGateway
from ciclo.gateways.protocol import Gateway, Misconfigured
from ciclo.gateways.sandbox.gateway import SandboxGateway
from ciclo.settings.choices import ProviderName as GatewayName
from ciclo.settings.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateways:
    """Open providers. One that collects nothing any more still refunds what it once collected."""

    by_method: Mapping[MethodKind, Gateway]
    by_name: Mapping[str, Gateway]

    def for_method(self, method: MethodKind) -> Gateway:
        """Return the provider that collects by *method*."""
        return self.by_method[method]

    def of_provider(self, name: str) -> Gateway:
        """Return the provider of this name, for its webhooks, refunds and references.

        Raises:
            Misconfigured: settings say nothing of it, or not any more.
        """
        try:
            return self.by_name[name]
        except KeyError:
            raise Misconfigured(f"the payment provider {name[:40]!r} is not set up") from None

    async def aclose(self) -> None:
        """Close the connections of all."""
        for gateway in self.by_name.values():
            await gateway.aclose()


def open_gateways(settings: Settings, *, now: Callable[[], datetime]) -> Gateways:
    """Make a client of each provider that collects a method or has a key; nothing is sent yet.

    *now* is the wall clock, by which the sandbox's notices are signed whatever the billing clock says.

    Raises:
        Misconfigured: a provider's key, or the secret to sign with, is missing.
    """
    named = set(settings.gateways.values())
    if settings.stripe_api_key is not None:
        named.add(GatewayName.STRIPE)
    if settings.abacatepay_api_key is not None:
        named.add(GatewayName.ABACATEPAY)
    by_name = {name.value: _open(name, settings, now=now) for name in sorted(named)}
    by_method = {method: by_name[name.value] for method, name in settings.gateways.items()}
    return Gateways(by_method=by_method, by_name=by_name)


def _open(name: GatewayName, settings: Settings, *, now: Callable[[], datetime]) -> Gateway:
    match name:
        case GatewayName.SANDBOX:
            return SandboxGateway(settings, now=now)
        case GatewayName.ABACATEPAY:
            return AbacatePayGateway(settings)
        case GatewayName.STRIPE:
            # Its SDK takes a tenth of a second and twelve megabytes: only who needs it pays for it.
            from ciclo.gateways.stripe.gateway import StripeGateway  # noqa: PLC0415 - see above

            return StripeGateway(settings)
