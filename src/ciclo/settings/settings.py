"""The one object that holds every setting, and what has to fit together before anything starts."""

import base64
from contextlib import suppress
from typing import Final, Self
from urllib.parse import urlsplit

from pydantic import SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ciclo.settings.billing import BillingSettings
from ciclo.settings.brand import BRAND_FILES, Brand, BrandSettings, read_logo, read_title_font
from ciclo.settings.choices import Mode
from ciclo.settings.http import HttpSettings, is_safe_address
from ciclo.settings.mail import MailDelivery, MailSettings, MailTls
from ciclo.settings.providers import ProviderSettings
from ciclo.settings.servers import ServerSettings
from ciclo.settings.sign_in import SignInSettings
from ciclo.settings.webhooks import WebhookSettings

SECRET_BYTES_MIN: Final = 32
LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
PUBLIC: Final = "development-only"
"""Begins the secrets that the repository itself names, for development."""


class Settings(
    BaseSettings,
    ServerSettings,
    HttpSettings,
    SignInSettings,
    WebhookSettings,
    BillingSettings,
    ProviderSettings,
    MailSettings,
    BrandSettings,
):
    """Every setting of Ciclo: `CICLO_` and the field's name in capitals. Lists are comma-separated."""

    model_config = SettingsConfigDict(env_prefix="CICLO_", env_ignore_empty=True, frozen=True, extra="ignore")

    @field_validator("*", mode="before")
    @classmethod
    def _split_lists(cls, value: object, info: object) -> object:
        """Read comma-separated text for the fields that are tuples."""
        name = getattr(info, "field_name", None)
        if isinstance(value, str) and name and NoDecode in cls.model_fields[name].metadata:
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @model_validator(mode="after")
    def _safe_when_live(self) -> Self:
        """Refuse to start where real money would move on weak ground."""
        secret = self.jwt_secret.get_secret_value() if self.jwt_secret else ""
        if secret and len(secret.encode()) < SECRET_BYTES_MIN:
            raise ValueError(f"CICLO_JWT_SECRET needs at least {SECRET_BYTES_MIN} bytes")
        if self.metrics_token and len(self.metrics_token.get_secret_value().encode()) < SECRET_BYTES_MIN:
            raise ValueError(f"CICLO_METRICS_TOKEN needs at least {SECRET_BYTES_MIN} bytes")
        if any(len(key.get_secret_value().encode()) < SECRET_BYTES_MIN for key in self.encryption_keys):
            raise ValueError(f"CICLO_ENCRYPTION_KEYS need at least {SECRET_BYTES_MIN} bytes each")
        if self.mode is Mode.LIVE:
            self.require_real_providers(with_portal=self.portal)
            if not is_safe_address(self.base_url):
                raise ValueError("live mode needs an https:// address in CICLO_BASE_URL")
            if not self.webhook_secrets:
                raise ValueError("live mode needs CICLO_WEBHOOK_SECRETS")
            texts = [secret, *(key.get_secret_value() for key in self.encryption_keys)]
            if any(text.startswith(PUBLIC) for text in texts) or any(map(_is_public, self.webhook_secrets)):
                raise ValueError("live mode needs secrets of your own: these are in the repository")
            self._require_safe_mail()
            self._require_way_in()
        if not (secret or self.jwks_url):
            raise ValueError("set CICLO_JWT_SECRET or CICLO_JWKS_URL")
        return self

    def _require_safe_mail(self) -> None:
        server = self.mail_server
        if server is not None and server.tls is MailTls.NONE and not server.is_here:
            raise ValueError("live mode sends no mail in the clear: leave tls=none out of CICLO_SMTP_URL")
        if self.mail_delivery is MailDelivery.MAILBOX:
            raise ValueError("live mode has no mailbox: CICLO_MAIL_DELIVERY is smtp or off")

    def _require_way_in(self) -> None:
        provider = urlsplit(self.sign_in_url or "")
        if provider.scheme == "http" and provider.hostname not in LOOPBACK_NAMES:
            raise ValueError("live mode needs a CICLO_SIGN_IN_URL with https")
        if self.portal and not self.sign_in_url and not self.mails_links:
            raise ValueError(
                "live mode needs a way to sign in to the portal: CICLO_SIGN_IN_URL, or CICLO_SMTP_URL with "
                "CICLO_ENCRYPTION_KEYS for links by mail; or CICLO_PORTAL=false"
            )

    @property
    def brand(self) -> Brand:
        """Return how the seller looks to people."""
        logo = read_logo(self.brand_logo) if self.brand_logo else None
        return Brand(
            name=self.brand_name or self.seller_name,
            legal_name=self.seller_name,
            address=self.seller_address,
            accent=self.brand_accent,
            logo=logo,
            logo_url=f"{self.base_url.rstrip('/')}{BRAND_FILES}/{logo.name}" if logo else None,
            title_font=read_title_font(self.title_font) if self.title_font else None,
            support=self.support_email or self.mail_reply_to,
            terms_url=self.terms_url,
            privacy_url=self.privacy_url,
            return_url=self.return_url,
        )

    @property
    def mails_links(self) -> bool:
        """Return whether people can ask for a link by mail, which is kept encrypted until it is sent."""
        return self.mails_go is not MailDelivery.OFF and bool(self.encryption_keys)

    @property
    def mails_go(self) -> MailDelivery:
        """Return where mails go."""
        if self.mail_delivery is not None:
            return self.mail_delivery
        if self.smtp_url is not None:
            return MailDelivery.SMTP
        return MailDelivery.MAILBOX if self.is_sandbox else MailDelivery.OFF


def _is_public(secret: SecretStr) -> bool:
    with suppress(ValueError):
        return base64.b64decode(secret.get_secret_value().removeprefix("whsec_")).startswith(PUBLIC.encode())
    return False
