"""Mail: by which server it goes out, who sends it, and in which language."""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Annotated, Final, Self
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from ciclo.email_address import normalize_email

_PORTS: Final = {"smtp": 587, "smtps": 465}


class MailDelivery(StrEnum):
    """Where mails go: to people, to the mailbox of the sandbox alone, or nowhere, so that none is written."""

    SMTP = "smtp"
    MAILBOX = "mailbox"
    OFF = "off"


class MailTls(StrEnum):
    """How a connection to a mail server is encrypted: from its beginning, by STARTTLS, or not at all."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """A mail server, as CICLO_SMTP_URL names it."""

    host: str
    port: int
    tls: MailTls
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def is_here(self) -> bool:
        """Return whether it is this machine's: nobody listens on the way."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def read_mail_server(url: str) -> MailServer:
    """Return the server of `smtp://user:password@host:587` or `smtps://…`; `?tls=none` for an open one.

    Raises:
        ValueError: it is no such address; the text is not repeated, since a password may be in it.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("not an address such as smtp://user:password@host:587") from None
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in {"", "/"}:
        raise ValueError("not an address such as smtp://user:password@host:587")
    asked = parse_qs(parts.query)
    tls = MailTls.IMPLICIT if parts.scheme == "smtps" else MailTls.STARTTLS
    if asked == {"tls": ["none"]} and parts.scheme == "smtp":
        tls = MailTls.NONE
    elif asked:
        raise ValueError("after the question mark only tls=none is known, with smtp://")
    return MailServer(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        tls=tls,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


class MailSettings(BaseModel):
    """Mails to customers and operators."""

    smtp_url: SecretStr | None = None
    mail_delivery: MailDelivery | None = None
    """None: smtp where there is a server, else the mailbox in the sandbox, and none in live mode."""
    mail_from: str | None = None
    mail_from_name: str | None = None
    """None: the seller's name."""
    mail_reply_to: str | None = None
    mail_webhook_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """Of those who tell of mails that came back; several, so that one can be replaced."""
    mail_language: str = Field(default="pt-BR", pattern=r"^(pt-BR|en)$")
    """Of those whose own language is not known."""

    @field_validator("smtp_url")
    @classmethod
    def _readable_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            read_mail_server(value.get_secret_value())
        return value

    @field_validator("mail_from", "mail_reply_to")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        return None if value is None else normalize_email(value)

    @field_validator("mail_from_name")
    @classmethod
    def _one_line(cls, value: str | None) -> str | None:
        if value is not None and not value.isprintable():
            raise ValueError("a name is one line")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.mail_delivery is MailDelivery.SMTP and self.smtp_url is None:
            raise ValueError("mail by smtp needs CICLO_SMTP_URL")
        if self.smtp_url is not None and self.mail_from is None:
            raise ValueError("CICLO_SMTP_URL needs CICLO_MAIL_FROM: the address that mails come from")
        return self

    @property
    def mail_server(self) -> MailServer | None:
        """Return the server that mails go out by, if any."""
        return None if self.smtp_url is None else read_mail_server(self.smtp_url.get_secret_value())
