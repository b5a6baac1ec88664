"""The signatures of the notices that come, and the messages that go out."""

from typing import Annotated

from pydantic import BaseModel, Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from ciclo.domain.webhooks.addresses import LOOPBACK, networks_of


class WebhookSettings(BaseModel):
    """Webhooks in both directions."""

    # Several secrets are valid at a time, so that one can be replaced
    webhook_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    webhook_tolerance_s: int = Field(default=300, ge=1, le=3_600)

    # Outgoing webhooks
    encryption_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """The first one encrypts the endpoints' secrets, each decrypts them."""
    webhook_networks: Annotated[tuple[str, ...] | None, NoDecode] = None
    """Addresses besides public ones that are posted to; None: this machine's in the sandbox, else none."""
    webhook_audience_ms: int = Field(default=1_000, ge=0, le=60_000)

    @field_validator("webhook_networks")
    @classmethod
    def _known_networks(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        networks_of(value or ())
        return value

    def posting_networks(self, *, is_sandbox: bool) -> tuple[str, ...]:
        """Return the networks besides public addresses that messages are posted to."""
        usual = LOOPBACK if is_sandbox else ()
        return usual if self.webhook_networks is None else self.webhook_networks
