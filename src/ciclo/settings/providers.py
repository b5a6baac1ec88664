"""Who collects the payments, and what Ciclo needs to speak to them."""

import re
from ipaddress import ip_address
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from ciclo.domain.payment import MethodKind
from ciclo.settings.choices import CardIntake, ProviderName

STRIPE_SCRIPTS: Final = "https://js.stripe.com"
"""Where Stripe serves its script from, and nobody else may: it asks for the card's number."""

_PUBLISHABLE: Final = re.compile(r"pk_(test|live)_[A-Za-z0-9_]{1,250}")


class ProviderSettings(BaseModel):
    """The payment providers, chosen per method."""

    card_gateway: ProviderName = ProviderName.SANDBOX
    pix_gateway: ProviderName = ProviderName.SANDBOX
    boleto_gateway: ProviderName = ProviderName.SANDBOX
    card_intake: CardIntake | None = None
    """None: passthrough for the sandbox gateway, token_only for any other."""
    pix_expires_after_s: int = Field(default=86_400, ge=60, le=2_592_000)
    boleto_due_days: int = Field(default=3, ge=1, le=60)
    stripe_api_key: SecretStr | None = None
    stripe_api_url: str = "https://api.stripe.com"
    stripe_publishable_key: str | None = None
    """Public: the pages give it to Stripe's own script, which takes card numbers."""
    stripe_script_url: str = f"{STRIPE_SCRIPTS}/endive/stripe.js"
    """By the API's version of the SDK; a stand-in of the tests is served on loopback."""
    stripe_webhook_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    abacatepay_api_key: SecretStr | None = None
    abacatepay_api_url: str = "https://api.abacatepay.com"
    abacatepay_webhook_secret: SecretStr | None = None
    sandbox_notice_url: str | None = None
    """Where the sandbox reaches this API; None: at base_url."""
    sandbox_secret: SecretStr = SecretStr("sandbox references are signed, not secret")

    @field_validator("stripe_publishable_key")
    @classmethod
    def _is_publishable(cls, key: str | None) -> str | None:
        """Refuse a secret key above all: this one is shown to everybody."""
        if key is not None and _PUBLISHABLE.fullmatch(key) is None:
            raise ValueError("CICLO_STRIPE_PUBLISHABLE_KEY begins with pk_test_ or pk_live_")
        return key

    @field_validator("stripe_script_url")
    @classmethod
    def _is_stripes(cls, url: str) -> str:
        parts = urlsplit(url)
        if url.startswith(f"{STRIPE_SCRIPTS}/") or (parts.scheme == "http" and _is_loopback(parts.hostname)):
            return url
        raise ValueError(f"CICLO_STRIPE_SCRIPT_URL is below {STRIPE_SCRIPTS}/, or on loopback in a test")

    @property
    def gateways(self) -> dict[MethodKind, ProviderName]:
        """Return which provider collects which method."""
        return {
            MethodKind.CREDIT_CARD: self.card_gateway,
            MethodKind.PIX: self.pix_gateway,
            MethodKind.BOLETO: self.boleto_gateway,
        }

    @property
    def takes_card_numbers(self) -> bool:
        """Return whether a raw card may be sent to the API."""
        if self.card_intake is None:
            return self.card_gateway is ProviderName.SANDBOX
        return self.card_intake is CardIntake.PASSTHROUGH

    def require_real_providers(self, *, with_portal: bool) -> None:
        """Check that money can really be collected by every method, by pages of ours too *with_portal*.

        Raises:
            ValueError: the sandbox plays one, or the portal has no script of the provider's to take cards by.
        """
        if ProviderName.SANDBOX in self.gateways.values():
            raise ValueError("live mode needs a real gateway for every method, or sandbox mode")
        shows_no_cards = self.card_gateway is ProviderName.STRIPE and self.stripe_publishable_key is None
        if with_portal and shows_no_cards:
            raise ValueError("live mode needs CICLO_STRIPE_PUBLISHABLE_KEY: the portal takes cards by it")

    @model_validator(mode="after")
    def _one_mode(self) -> Self:
        """Refuse to show a card to one of an account's two modes and charge it in the other."""
        key = self.stripe_api_key.get_secret_value() if self.stripe_api_key else ""
        shown = self.stripe_publishable_key or ""
        for mode, other in (("live", "test"), ("test", "live")):
            if shown.startswith(f"pk_{mode}_") and key[2:].startswith(f"_{other}_"):
                raise ValueError(f"CICLO_STRIPE_PUBLISHABLE_KEY is {mode}, CICLO_STRIPE_API_KEY is {other}")
        return self


def _is_loopback(host: str | None) -> bool:
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False
