"""Payment options: by what customers can pay in a currency, and whose script takes their cards."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from ciclo.domain.payment import MethodKind
from ciclo.gateways.registry import Gateways
from ciclo.settings.choices import ProviderName
from ciclo.settings.providers import STRIPE_SCRIPTS
from ciclo.settings.settings import Settings

STRIPE_FRAMES: Final = f"{STRIPE_SCRIPTS} https://*.js.stripe.com https://hooks.stripe.com"
STRIPE_API: Final = "https://api.stripe.com"


class TokenizerKind(StrEnum):
    """Whose form takes a card's number: the sandbox's own, which is ours, or a provider's."""

    SANDBOX = "SANDBOX"
    STRIPE = "STRIPE"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardTokenizer:
    """What makes tokens of cards. A provider's needs its public key and its script."""

    kind: TokenizerKind
    publishable_key: str | None = None
    script_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOptions:
    """By what can be paid. Without a tokenizer no card can be shown to the provider here."""

    methods: tuple[MethodKind, ...]
    card_tokenizer: CardTokenizer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptHosts:
    """Where a page that takes cards may load a script from, open frames of, and send to: CSP sources."""

    scripts: str = ""
    frames: str = ""
    connections: str = ""


NO_HOSTS: Final = ScriptHosts()


def payment_options(settings: Settings, gateways: Gateways, *, currency: str) -> PaymentOptions:
    """Return by what customers pay in *currency*."""
    methods = [kind for kind in MethodKind if gateways.for_method(kind).supports(kind, currency)]
    return PaymentOptions(methods=tuple(methods), card_tokenizer=card_tokenizer(settings))


def card_tokenizer(settings: Settings) -> CardTokenizer | None:
    """Return what makes tokens of cards; None where cards are collected by nobody, or no key is set."""
    match settings.card_gateway:
        case ProviderName.SANDBOX:
            return CardTokenizer(kind=TokenizerKind.SANDBOX)
        case ProviderName.STRIPE if settings.stripe_publishable_key:
            return CardTokenizer(
                kind=TokenizerKind.STRIPE,
                publishable_key=settings.stripe_publishable_key,
                script_url=settings.stripe_script_url,
            )
        case _:
            return None


def script_hosts(settings: Settings) -> ScriptHosts:
    """Return the hosts of the provider's form, for the policy of pages; none where the form is our own.

    Source: https://docs.stripe.com/security/guide#content-security-policy.
    """
    tokenizer = card_tokenizer(settings)
    if tokenizer is None or tokenizer.script_url is None:
        return NO_HOSTS
    parts = urlsplit(tokenizer.script_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    if origin != STRIPE_SCRIPTS:
        return ScriptHosts(scripts=origin, frames=origin, connections=origin)
    return ScriptHosts(
        scripts=f"{STRIPE_SCRIPTS} https://*.js.stripe.com", frames=STRIPE_FRAMES, connections=STRIPE_API
    )
