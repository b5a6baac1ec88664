"""The seller's identity provider: OpenID Connect's authorization code flow, with PKCE, state and nonce.

Source: https://openid.net/specs/openid-connect-core-1_0.html, https://www.rfc-editor.org/rfc/rfc9700
"""

import asyncio
import hmac
import secrets
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import urlencode

import httpx
import jwt
import structlog
from authlib.integrations.base_client.errors import OAuthError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ciclo.settings.http import is_safe_address
from ciclo.settings.settings import Settings
from ciclo.web.jwt_keys import KeysUnavailable, PublishedKeys, UnknownKey

with warnings.catch_warnings(record=True):
    # It tells at each start that its next release takes another client: the lock decides when that is.
    from authlib.integrations.httpx_client import AsyncOAuth2Client

CALLBACK: Final = "/api/session/callback"
SIGNED_OUT: Final = "/entrar"
"""Where the provider leads back to who signed out there; it has to know this address, too."""
ASKED_S_MAX: Final = 5.0
"""Of each request to the provider."""
WAY_OUT_S_MAX: Final = 2.0
"""How long who signs out waits to hear where they are signed out there, too."""
KNOWN_S: Final = 300.0
"""How long what the provider says of itself is taken for."""
LEEWAY_S: Final = 30
SECRET_BYTES: Final = 32

_log = structlog.get_logger(__name__)


class ProviderFault(Exception):
    """Somebody is not signed in; `code` is what the sign-in page is told."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(f"{code}: {why}")
        self.code: Final = code


AWAY: Final = "SIGN_IN_PROVIDER_AWAY"
REFUSED: Final = "SIGN_IN_PROVIDER_REFUSED"
STATE: Final = "SIGN_IN_STATE_MISMATCH"


class _Metadata(BaseModel):
    """What a provider says of itself (OpenID Connect Discovery 1.0, 3)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class IdentityClaims(BaseModel):
    """What an ID token says of a person, beside what is checked of the token itself."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    sub: str = Field(min_length=1, max_length=255)
    email: str = ""
    email_verified: bool | str = False
    role: str | None = None
    roles: object = None
    user_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One browser's way to the provider and back, as its cookie holds it: `path` is where it leads then."""

    state: str
    nonce: str
    verifier: str
    path: str

    @classmethod
    def begin(cls, path: str) -> Self:
        """Return a new one."""
        state, nonce, verifier = (secrets.token_urlsafe(SECRET_BYTES) for _ in range(3))
        return cls(state=state, nonce=nonce, verifier=verifier, path=path)

    def text(self) -> str:
        """Return it as a cookie's value."""
        return f"{self.state}|{self.nonce}|{self.verifier}|{self.path}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return what a cookie holds; None: no journey."""
        parts = text.split("|")
        if len(parts) != len(cls.__slots__):
            return None
        return cls(state=parts[0], nonce=parts[1], verifier=parts[2], path=parts[3])


class IdentityProvider:
    """Leads browsers to the seller's identity provider, and believes what it says of who comes back."""

    def __init__(self, settings: Settings) -> None:
        assert settings.sign_in_url is not None
        assert settings.sign_in_client_id is not None
        self._issuer: Final = settings.sign_in_url
        self._client_id: Final = settings.sign_in_client_id
        secret = settings.sign_in_client_secret
        self._client_secret: Final = secret.get_secret_value() if secret else None
        self._scopes: Final = " ".join(settings.sign_in_scopes)
        self._redirect_uri: Final = settings.base_url.rstrip("/") + CALLBACK
        self._signed_out_uri: Final = settings.base_url.rstrip("/") + SIGNED_OUT
        self._known: tuple[_Metadata, PublishedKeys] | None = None
        self._known_until = 0.0

    async def address(self, journey: Journey) -> str:
        """Return where the browser of *journey* is led.

        Raises:
            ProviderFault: the provider can't be reached.
        """
        metadata, _ = await self._metadata()
        async with self._client(metadata) as client:
            address, _ = client.create_authorization_url(
                metadata.authorization_endpoint,
                state=journey.state,
                nonce=journey.nonce,
                code_verifier=journey.verifier,
            )
        return str(address)

    async def way_out(self) -> str | None:
        """Return where a browser is led to be signed out at the provider too; None: it says of no such place.

        Source: https://openid.net/specs/openid-connect-rpinitiated-1_0.html
        """
        try:
            # Where people sign out is not asked again for its age: a wait to sign out is a wait in vain.
            metadata, _ = self._known or await self._metadata(within_s=WAY_OUT_S_MAX)
        except ProviderFault as fault:
            # Who signs out is signed out here, whether or not the provider is there.
            _log.warning("provider_sign_out_failed", error=str(fault))
            return None
        end = metadata.end_session_endpoint
        if end is None or not is_safe_address(end):
            return None
        told = urlencode({"client_id": self._client_id, "post_logout_redirect_uri": self._signed_out_uri})
        return f"{end}{'&' if '?' in end else '?'}{told}"

    async def claims(self, journey: Journey | None, answer: Mapping[str, str]) -> IdentityClaims:
        """Return who came back with *answer*, the address's parameters.

        Raises:
            ProviderFault: it is not the browser that was led there, or the provider says nothing that counts.
        """
        if journey is None or not hmac.compare_digest(journey.state, answer.get("state", "")):
            raise ProviderFault(STATE, "the browser was not led there from here")
        if "code" not in answer:
            raise ProviderFault(REFUSED, f"the provider answers {answer.get('error', 'nothing')!r:.100}")
        metadata, keys = await self._metadata()
        if answer.get("iss", metadata.issuer) != metadata.issuer:
            raise ProviderFault(REFUSED, "another provider answers")
        token = await self._id_token(metadata, answer["code"], journey)
        return await self._checked(metadata, keys, token, nonce=journey.nonce)

    async def _id_token(self, metadata: _Metadata, code: str, journey: Journey) -> str:
        try:
            async with self._client(metadata) as client:
                given = await client.fetch_token(
                    metadata.token_endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=journey.verifier,
                )
        except OAuthError as error:
            raise ProviderFault(REFUSED, f"the code is not taken: {error.error!r:.100}") from error
        # ValueError: what the parsing of a strange answer can raise.
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderFault(AWAY, repr(error)) from error
        token = given.get("id_token")
        if not isinstance(token, str):
            raise ProviderFault(REFUSED, "no ID token: the scope openid is missing")
        return token

    async def _checked(
        self, metadata: _Metadata, keys: PublishedKeys, token: str, *, nonce: str
    ) -> IdentityClaims:
        """Return the claims of an ID token that is of this provider, for us, and for this journey."""
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                await keys.key(token),
                algorithms=list(keys.algorithms),
                audience=self._client_id,
                issuer=metadata.issuer,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
            if not hmac.compare_digest(str(claims.get("nonce", "")), nonce):
                raise ProviderFault(REFUSED, "the ID token is of another journey")
            return IdentityClaims.model_validate(claims)
        except KeysUnavailable as error:
            raise ProviderFault(AWAY, "its keys can't be had") from error
        except (jwt.PyJWTError, UnknownKey, ValidationError, ValueError, RecursionError) as error:
            raise ProviderFault(REFUSED, f"the ID token is not valid: {type(error).__name__}") from error

    async def _metadata(self, *, within_s: float = ASKED_S_MAX) -> tuple[_Metadata, PublishedKeys]:
        if self._known is not None and time.monotonic() < self._known_until:
            return self._known
        try:
            # The client's limit is one of each read: who answers byte by byte would never meet it.
            async with asyncio.timeout(within_s), httpx.AsyncClient(timeout=within_s) as http:
                answer = await http.get(f"{self._issuer}/.well-known/openid-configuration")
                answer.raise_for_status()
                metadata = _Metadata.model_validate_json(answer.content)
        except (httpx.HTTPError, TimeoutError, ValidationError) as error:
            raise ProviderFault(AWAY, type(error).__name__) from error
        if metadata.issuer.rstrip("/") != self._issuer:
            raise ProviderFault(AWAY, "it says that it is another issuer than CICLO_SIGN_IN_URL")
        same = self._known is not None and self._known[0].jwks_uri == metadata.jwks_uri
        keys = self._known[1] if self._known and same else PublishedKeys(metadata.jwks_uri)
        self._known, self._known_until = (metadata, keys), time.monotonic() + KNOWN_S
        return self._known

    def _client(self, metadata: _Metadata) -> AsyncOAuth2Client:
        method = "none"
        if self._client_secret is not None:
            takes_basic = "client_secret_basic" in metadata.token_endpoint_auth_methods_supported
            method = "client_secret_basic" if takes_basic else "client_secret_post"
        return AsyncOAuth2Client(
            self._client_id,
            self._client_secret,
            token_endpoint_auth_method=method,
            scope=self._scopes,
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            timeout=ASKED_S_MAX,
        )
