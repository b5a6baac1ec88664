"""Signing in: who says who people are, and by which ways they come in."""

from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator

from ciclo.settings.choices import CommaList


class SignInSettings(BaseModel):
    """The portal's ways in."""

    portal: bool = True
    """Whether the portal's pages are served at all."""
    sign_in_url: str | None = None
    """The issuer of the seller's identity provider (OpenID Connect)."""
    sign_in_name: str | None = Field(default=None, max_length=60)
    """What the button says that leads there; None: the provider's host."""
    sign_in_client_id: str | None = None
    sign_in_client_secret: SecretStr | None = None
    """None: a public client, which PKCE alone protects."""
    sign_in_scopes: CommaList = ("openid", "email", "profile")
    sign_in_newcomers: bool = False
    """Whether links are mailed to addresses that nobody has whom Ciclo knows: so people sign up."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.sign_in_url and not self.sign_in_client_id:
            raise ValueError("CICLO_SIGN_IN_URL needs CICLO_SIGN_IN_CLIENT_ID, as your provider knows Ciclo")
        return self

    @field_validator("sign_in_url")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value and (parts.scheme not in {"http", "https"} or not parts.netloc):
            raise ValueError("not an address such as https://id.example.com")
        return value.rstrip("/") if value else None
