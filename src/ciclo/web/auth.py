"""Tokens: turn an `Authorization: Bearer` into the viewer it stands for."""

import re
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Self

import jwt
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from starlette.datastructures import Headers

from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.plan import USER_TYPE_CHARS_MAX
from ciclo.email_address import EMAIL_CHARS_MAX, normalize_email
from ciclo.permissions import OperatorRole
from ciclo.settings.settings import Settings
from ciclo.viewer import Via, Viewer, ViewerKind, operator_of, via_of
from ciclo.web.jwt_keys import KeySource, PublishedKeys, SharedSecret, UnknownKey
from ciclo.web.problems import HttpProblem

TOKEN_CHARS_MAX: Final = 8_192
LEEWAY_S: Final = 30
KNOWN_S_MAX: Final = 30.0
"""A token that was just checked is not checked again: it would be a fifth of a small request's time."""
KNOWN_MAX: Final = 1_000

_BEARER: Final = re.compile(r"Bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)
_REQUIRED: Final = ("exp", "iat", "sub", "aud", "iss")


class TokenRejected(HttpProblem):
    """The token is not valid; callers are not told why."""

    def __init__(self) -> None:
        super().__init__(
            status=401,
            code="UNAUTHENTICATED",
            detail="the access token is not valid",
            headers={"www-authenticate": 'Bearer error="invalid_token"'},
        )


class _Claims(BaseModel):
    """What Ciclo reads of a token beside the times, audience and issuer, which PyJWT checks."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    exp: float
    sub: str = Field(min_length=1, max_length=255)
    role: Literal["customer", "admin"] | None = None
    roles: object = None
    """An operator's, see `ciclo.permissions`; an administrator's token of before has none: they are OWNER."""
    email: str = Field(default="", max_length=EMAIL_CHARS_MAX)
    user_type: str | None = Field(default=None, max_length=USER_TYPE_CHARS_MAX)
    """Whom a customer may be sold plans for; where it is missing, all."""
    email_verified: Literal[True, "true"] | None = None
    """Some providers write it as text. One that does not say must have verified it: docs/operations.md."""

    @field_validator("sub")
    @classmethod
    def _nobody_elses_name(cls, subject: str) -> str:
        if via_of(subject) is not Via.TOKEN:
            raise ValueError("names a key or a command")
        return subject

    @field_validator("email")
    @classmethod
    def _address(cls, text: str) -> str:
        try:
            return normalize_email(text) if text else ""
        except InvalidValue:
            raise ValueError("not an e-mail address") from None

    @model_validator(mode="after")
    def _is_a_customer_or_an_operator(self) -> Self:
        if self.role == "customer" and not self.email:
            raise ValueError("a customer is known by the e-mail address")
        if self.role is None and not self._operator_roles():
            raise ValueError("neither a customer nor an operator")
        return self

    def _operator_roles(self) -> tuple[OperatorRole, ...]:
        return operator_roles(self.role, self.roles)

    def viewer(self) -> Viewer:
        """Return who the token speaks for."""
        ends_at = self.exp + LEEWAY_S
        if self.role == "customer":
            return Viewer(
                kind=ViewerKind.CUSTOMER,
                subject=self.sub,
                email=self.email,
                user_type=self.user_type,
                valid_until=ends_at,
            )
        return operator_of(self.sub, *self._operator_roles(), email=self.email, valid_until=ends_at)


def operator_roles(role: str | None, roles: object) -> tuple[OperatorRole, ...]:
    """Return the roles of two claims that Ciclo knows: a provider may name others, which mean nothing here.

    An administrator of before there were roles has none: they are an OWNER.
    """
    if roles is None:
        return (OperatorRole.OWNER,) if role == "admin" else ()
    named = roles if isinstance(roles, list) else [roles]
    return tuple(known for known in OperatorRole if known in named)


@dataclass(frozen=True, slots=True)
class _CachedViewer:
    """Whose a token is, and until when on the wall clock that is not asked again."""

    viewer: Viewer
    until: float


class TokenVerifier:
    """Checks tokens against one source of keys, one audience and one issuer."""

    def __init__(self, *, keys: KeySource, audience: str, issuer: str) -> None:
        self._keys: Final = keys
        self._audience: Final = audience
        self._issuer: Final = issuer
        self._known: OrderedDict[str, _CachedViewer] = OrderedDict()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the verifier that *settings* ask for; published keys go before a shared secret."""
        keys: KeySource
        if settings.jwks_url:
            keys = PublishedKeys(settings.jwks_url)
        else:
            assert settings.jwt_secret is not None  # settings refuse to be without both
            keys = SharedSecret(settings.jwt_secret.get_secret_value())
        return cls(keys=keys, audience=settings.jwt_audience, issuer=settings.jwt_issuer)

    async def verify(self, token: str) -> Viewer:
        """Return who *token* speaks for.

        Raises:
            TokenRejected: it is not valid, for whatever reason.
            KeysUnavailable: it can't be checked now.
        """
        known = self._known.get(token)
        if known is not None and time.time() < known.until:
            return known.viewer
        if len(token) > TOKEN_CHARS_MAX:
            raise TokenRejected
        claims = await self._claims(token)
        self._remember(token, claims)
        return claims.viewer()

    async def _claims(self, token: str) -> "_Claims":
        try:
            claims = jwt.decode(
                token,
                await self._keys.key(token),
                algorithms=list(self._keys.algorithms),
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY_S,
                options={"require": list(_REQUIRED)},
            )
            return _Claims.model_validate(claims)
        # ValueError and RecursionError: what the parsing of a forged token can raise.
        except (jwt.PyJWTError, UnknownKey, ValidationError, ValueError, RecursionError) as error:
            raise TokenRejected from error

    def _remember(self, token: str, claims: "_Claims") -> None:
        until = min(time.time() + KNOWN_S_MAX, claims.exp + LEEWAY_S)
        self._known[token] = _CachedViewer(claims.viewer(), until)
        while len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)


def find_token(headers: Headers, params: Mapping[str, object] | None = None) -> str | None:
    """Return what a request shows, or who opens a socket with *params* in its connection_init; None: nothing.

    Raises:
        TokenRejected: it is there, but it is no bearer token.
    """
    return bearer_of_params(params or {}) or bearer(headers)


def bearer(headers: Headers) -> str | None:
    """Return the token of the request's Authorization header; None without such a header.

    Raises:
        TokenRejected: the header is there, but holds no bearer token, or is there twice.
    """
    values = headers.getlist("authorization")
    if not values:
        return None
    if len(values) != 1:
        raise TokenRejected
    return _token(values[0])


def bearer_of_params(params: Mapping[str, object]) -> str | None:
    """Return the token of a connection_init payload, `{"Authorization": "Bearer ..."}`; None without one.

    Raises:
        TokenRejected: as for `bearer`.
    """
    values = [value for name, value in params.items() if name.lower() == "authorization"]
    if not values:
        return None
    if len(values) != 1 or not isinstance(values[0], str):
        raise TokenRejected
    return _token(values[0])


def _token(value: str) -> str:
    shape = _BEARER.fullmatch(value.strip())
    if shape is None:
        raise TokenRejected
    return shape[1]
