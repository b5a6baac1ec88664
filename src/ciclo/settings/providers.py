"""Who collects the payments, and what Ciclo needs to speak to them."""

from typing import Annotated

from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import NoDecode

from ciclo.domain.payment import MethodKind
from ciclo.settings.choices import CardIntake, ProviderName


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
    stripe_webhook_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    abacatepay_api_key: SecretStr | None = None
    abacatepay_api_url: str = "https://api.abacatepay.com"
    abacatepay_webhook_secret: SecretStr | None = None
    sandbox_notice_url: str | None = None
    """Where the sandbox reaches this API; None: at base_url."""
    sandbox_secret: SecretStr = SecretStr("sandbox references are signed, not secret")

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
