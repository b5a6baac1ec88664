"""What the API says of itself over HTTP, whom it believes and how much it takes from one caller."""

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr

from ciclo.settings.choices import CommaList, Mode

LIVE_REQUESTS_PER_MINUTE: Final = 1_200


def is_safe_address(url: str) -> bool:
    """Return whether nobody can listen on the way to *url*: it is https, or leads to this machine."""
    parts = urlsplit(url)
    if parts.scheme != "http":
        return parts.scheme == "https" and bool(parts.hostname)
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.hostname == "localhost"


class HttpSettings(BaseModel):
    """The API's own address, its tokens and its limits."""

    mode: Mode = Mode.SANDBOX
    base_url: str = "http://127.0.0.1:8000"
    allowed_hosts: CommaList = ("*",)
    cors_origins: CommaList = ()
    checkout_return_hosts: CommaList = ()
    """Where checkout links may lead people back to, such as app.example.com."""
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

    @property
    def is_sandbox(self) -> bool:
        """Return whether nothing here is real money."""
        return self.mode is Mode.SANDBOX

    @property
    def shows_graphiql(self) -> bool:
        """Return whether browsers are shown GraphiQL."""
        return self.is_sandbox if self.graphiql is None else self.graphiql

    @property
    def tells_schema(self) -> bool:
        """Return whether questions about the schema are answered, and names suggested in errors."""
        return self.is_sandbox if self.introspection is None else self.introspection

    @property
    def operations_per_minute(self) -> int:
        """Return how many operations a customer may send to one process in a minute; 0 for any number."""
        usual = 0 if self.is_sandbox else LIVE_REQUESTS_PER_MINUTE
        return usual if self.requests_per_minute is None else self.requests_per_minute
