"""Settings: the environment, read once into one frozen object. Nothing else reads the environment."""

import base64
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Self
from zoneinfo import available_timezones

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ciclo.domain.bank_days import BankingDays, local_banking_days
from ciclo.domain.collection import Calendar, terms_of_days
from ciclo.domain.errors.general import UnknownCurrency
from ciclo.domain.lines.tax_rate import TaxRule
from ciclo.domain.money import exponent
from ciclo.domain.payment import MethodKind
from ciclo.domain.policy import LostDispute, Policy
from ciclo.domain.webhooks.addresses import LOOPBACK, networks_of

SECRET_BYTES_MIN: Final = 32
PUBLIC: Final = "development-only"
"""Begins the secrets that the repository itself names, for development."""

RETRY_DAYS_MAX: Final = 365
_TERMS: Final = (27, 365, 365)
"""The most of each of a calendar's days; a lead is shorter than the shortest cycle (rule 28)."""
LIVE_REQUESTS_PER_MINUTE: Final = 1_200


class Mode(StrEnum):
    """SANDBOX plays providers and lets the clock be moved; LIVE moves real money."""

    SANDBOX = "sandbox"
    LIVE = "live"


class ProviderName(StrEnum):
    """The payment providers that Ciclo speaks to."""

    SANDBOX = "sandbox"
    STRIPE = "stripe"
    ABACATEPAY = "abacatepay"


class CardIntake(StrEnum):
    """Whether card numbers may be sent to the API at all; SANDBOX_ONLY means in sandbox mode."""

    TOKEN_ONLY = "token_only"  # noqa: S105 - a choice, not a secret
    PASSTHROUGH = "passthrough"


CommaList = Annotated[tuple[str, ...], NoDecode]
CommaDays = Annotated[tuple[int, ...], NoDecode]
RetryDays = Annotated[tuple[Annotated[int, Field(ge=1, le=RETRY_DAYS_MAX)], ...], NoDecode]


class Settings(BaseSettings):
    """Every setting of Ciclo: `CICLO_` and the field's name in capitals. Lists are comma-separated."""

    model_config = SettingsConfigDict(env_prefix="CICLO_", env_ignore_empty=True, frozen=True, extra="ignore")

    # Servers
    mongo_url: SecretStr
    mongo_database: str = Field(default="ciclo", pattern=r"^[A-Za-z0-9_-]{1,38}$")
    mongo_pool_size_max: int = Field(default=50, ge=1, le=500)
    mongo_timeout_ms: int = Field(default=5_000, ge=100, le=60_000)
    redis_url: SecretStr
    stream_prefix: str = Field(default="ciclo", pattern=r"^[A-Za-z0-9_-]{1,40}$")

    # HTTP
    mode: Mode = Mode.SANDBOX
    base_url: str = "http://127.0.0.1:8000"
    allowed_hosts: CommaList = ("*",)
    cors_origins: CommaList = ()
    graphiql: bool | None = None
    introspection: bool | None = None
    """None, and of graphiql too: in the sandbox, and not in live mode."""
    queries_by_get: bool = False
    requests_per_minute: int | None = Field(default=None, ge=0, le=1_000_000)
    """None: LIVE_REQUESTS_PER_MINUTE in live mode, else as many as anybody likes; so says 0."""
    drain_s: int | None = Field(default=None, ge=0, le=300)
    metrics_token: SecretStr | None = None
    """Opens /metrics and the details of /readyz; None: open in the sandbox, closed in live mode."""
    otlp_url: str | None = None
    trace_ratio: float = Field(default=1.0, ge=0.0, le=1.0)
    log_level: str = Field(default="INFO", pattern=r"^(DEBUG|INFO|WARNING|ERROR)$")
    log_json: bool | None = None

    # Tokens: a shared secret for local use, or the identity provider's published keys
    jwt_secret: SecretStr | None = None
    jwks_url: str | None = None
    jwt_audience: str = "ciclo"
    jwt_issuer: str = "ciclo"

    # Webhooks: several secrets are valid at a time, so that one can be replaced
    webhook_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    webhook_tolerance_s: int = Field(default=300, ge=1, le=3_600)

    # Outgoing webhooks
    encryption_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """The first one encrypts the endpoints' secrets, each decrypts them."""
    webhook_networks: Annotated[tuple[str, ...] | None, NoDecode] = None
    """Addresses besides public ones that are posted to; None: this machine's in the sandbox, else none."""
    webhook_audience_ms: int = Field(default=1_000, ge=0, le=60_000)

    # Billing
    currency: str = "BRL"
    timezone: str = "America/Sao_Paulo"
    retry_days: RetryDays = Field(default=(2, 5, 7, 7), min_length=1)
    grace_days: int = Field(default=7, ge=0, le=365)
    pending_days: int = Field(default=30, ge=1, le=365)
    withdrawal_days: int = Field(default=7, ge=0, le=365)
    customers_get_days_back: bool = False
    """Whether customers too may ask for what gives money back for days that are to come (rule 39)."""
    tax_basis_points: int = Field(default=0, ge=0, le=10_000)
    tax_rules: tuple[TaxRule, ...] = ()
    banking_days: BankingDays | None = None
    card_days: CommaDays = (0, 0, 0)
    """This and the next four: from issue to the boundary, from there to pay, and to pay a first invoice."""
    pix_days: CommaDays = (5, 0, 1)
    boleto_days: CommaDays = (7, 0, 3)
    invoice_days: CommaDays = (0, 15, 15)
    external_days: CommaDays = (0, 3, 3)
    boleto_settlement_days: int = Field(default=3, ge=0, le=30)
    pix_settlement_days: int = Field(default=0, ge=0, le=30)
    on_dispute_lost: LostDispute = LostDispute.WRITE_OFF
    refund_days: int = Field(default=5, ge=0, le=30)
    two_persons_above_cents: int | None = Field(default=None, ge=0)
    """In minor units of `currency`: what is sent back beyond it needs a second person; None: nothing does."""
    seller_name: str = "Ciclo Demo Ltda."
    seller_tax_id: str = "00.000.000/0001-91"
    seller_address: str = "Avenida Paulista, 1000, São Paulo, SP"

    # Payment providers, chosen per method
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

    # Work in batches
    batch_events_max: int = Field(default=500, ge=1, le=5_000)
    claim_idle_ms_min: int = Field(default=30_000, ge=100, le=3_600_000)
    deliveries_max: int = Field(default=10, ge=3, le=100)
    tries_max: int = Field(default=5, ge=1, le=100)
    relay_interval_ms: int = Field(default=1_000, ge=10, le=60_000)
    scheduler_interval_ms: int = Field(default=1_000, ge=10, le=60_000)
    charges_concurrent_max: int = Field(default=16, ge=1, le=256)

    data_dir: Path = Path(".ciclo")

    @field_validator("*", mode="before")
    @classmethod
    def _split_lists(cls, value: object, info: object) -> object:
        """Read comma-separated text for the fields that are tuples."""
        name = getattr(info, "field_name", None)
        if isinstance(value, str) and name and NoDecode in cls.model_fields[name].metadata:
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("webhook_networks")
    @classmethod
    def _known_networks(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        networks_of(value or ())
        return value

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("not an IANA time zone such as America/Sao_Paulo")
        return value

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, value: str) -> str:
        try:
            exponent(value)
        except UnknownCurrency as error:
            raise ValueError(str(error)) from error
        return value

    @field_validator("card_days", "pix_days", "boleto_days", "invoice_days", "external_days")
    @classmethod
    def _calendar_days(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if len(value) != len(_TERMS) or any(
            not 0 <= days <= limit for days, limit in zip(value, _TERMS, strict=True)
        ):
            raise ValueError(f"three numbers of days, at most {', '.join(map(str, _TERMS))}")
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
            if ProviderName.SANDBOX in self.gateways.values():
                raise ValueError("live mode needs a real gateway for every method, or sandbox mode")
            if not self.webhook_secrets:
                raise ValueError("live mode needs CICLO_WEBHOOK_SECRETS")
            texts = [secret, *(key.get_secret_value() for key in self.encryption_keys)]
            if any(text.startswith(PUBLIC) for text in texts) or any(map(_is_public, self.webhook_secrets)):
                raise ValueError("live mode needs secrets of your own: these are in the repository")
        if not (secret or self.jwks_url):
            raise ValueError("set CICLO_JWT_SECRET or CICLO_JWKS_URL")
        return self

    @property
    def is_sandbox(self) -> bool:
        """Return whether nothing here is real money."""
        return self.mode is Mode.SANDBOX

    @property
    def posting_networks(self) -> tuple[str, ...]:
        """Return the networks besides public addresses that messages are posted to."""
        usual = LOOPBACK if self.is_sandbox else ()
        return usual if self.webhook_networks is None else self.webhook_networks

    @property
    def shows_graphiql(self) -> bool:
        """Return whether browsers are shown GraphiQL."""
        return self.is_sandbox if self.graphiql is None else self.graphiql

    @property
    def tells_schema(self) -> bool:
        """Return whether questions about the schema are answered, and names suggested in errors."""
        return self.is_sandbox if self.introspection is None else self.introspection

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

    @property
    def operations_per_minute(self) -> int:
        """Return how many operations a customer may send to one process in a minute; 0 for any number."""
        usual = 0 if self.is_sandbox else LIVE_REQUESTS_PER_MINUTE
        return usual if self.requests_per_minute is None else self.requests_per_minute

    @property
    def policy(self) -> Policy:
        """Return the billing rules' choices."""
        return Policy(
            timezone=self.timezone,
            retry_days=self.retry_days,
            grace_days=self.grace_days,
            pending_days=self.pending_days,
            withdrawal_days=self.withdrawal_days,
            tax_basis_points=self.tax_basis_points,
            tax_rules=self.tax_rules,
            calendar=Calendar(
                credit_card=terms_of_days(self.card_days),
                pix=terms_of_days(self.pix_days, settlement_days=self.pix_settlement_days),
                boleto=terms_of_days(self.boleto_days, settlement_days=self.boleto_settlement_days),
                invoice=terms_of_days(self.invoice_days),
                external=terms_of_days(self.external_days),
            ),
            banking_days=self.banking_days or local_banking_days(self.timezone),
            on_dispute_lost=self.on_dispute_lost,
        )


def _is_public(secret: SecretStr) -> bool:
    with suppress(ValueError):
        return base64.b64decode(secret.get_secret_value().removeprefix("whsec_")).startswith(PUBLIC.encode())
    return False
