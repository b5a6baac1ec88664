"""Tokens: which are accepted, who they speak for, and that every other one is refused alike."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciclo.settings import Settings
from ciclo.viewer import ANONYMOUS, Viewer, ViewerKind
from ciclo.web.auth import TokenRejected, TokenVerifier, bearer, bearer_of_params
from ciclo.web.keys import KeysUnavailable, PublishedKeys
from tests.web.serving import serving

SECRET = "a shared secret of at least 32 bytes!"
VERIFIER = TokenVerifier.of(
    Settings(
        mongo_url=SecretStr("mongodb://localhost"),
        redis_url=SecretStr("redis://localhost"),
        jwt_secret=SecretStr(SECRET),
        jwks_url=None,
    )
)
ANA = Viewer(kind=ViewerKind.CUSTOMER, subject="user-1", email="ana@example.com")


def claims(**changes: object) -> dict[str, object]:
    now = int(time.time())
    usual: dict[str, object] = {
        "sub": "user-1",
        "email": "Ana@Example.com",
        "role": "customer",
        "aud": "ciclo",
        "iss": "ciclo",
        "iat": now,
        "exp": now + 60,
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def token(*, key: Any = SECRET, algorithm: str = "HS256", kid: str | None = None, **changes: object) -> str:  # noqa: ANN401 - any kind of key
    return jwt.encode(claims(**changes), key, algorithm, headers={"kid": kid} if kid else None)


def forged(header: Mapping[str, object], payload: bytes | None = None, signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), payload or json.dumps(claims()).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


async def test_a_customer_is_known_by_the_address_in_lower_case() -> None:
    assert await VERIFIER.verify(token()) == ANA


async def test_an_administrator_needs_no_address() -> None:
    assert await VERIFIER.verify(token(role="admin", email=None)) == Viewer(
        kind=ViewerKind.ADMIN, subject="user-1"
    )


async def test_clocks_may_differ_by_the_leeway() -> None:
    now = int(time.time())

    assert await VERIFIER.verify(token(exp=now - 20)) == ANA
    assert await VERIFIER.verify(token(iat=now + 20)) == ANA


NOW = int(time.time())


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "x",
        "a.b",
        "a.b.c",
        "é.é.é",
        "." * 5_000,
        "x" * 8_193,
        *[token(**{name: None}) for name in ("exp", "iat", "sub", "aud", "iss", "role", "email")],
        token(exp=NOW - 40),
        token(iat=NOW + 600),
        token(nbf=NOW + 600),
        token(exp="tomorrow"),
        token(aud="other"),
        token(iss="other"),
        token(sub=""),
        token(sub="x" * 256),
        token(role="owner"),
        token(role=["admin"]),
        token(email=""),
        token(email="no address"),
        token(email=["ana@example.com"]),
        token(key="another secret of at least 32 bytes!!"),
        token(algorithm="HS384", key=SECRET * 2),
        jwt.encode(claims(), None, "none"),
        forged({"alg": "none"}),
        forged({"alg": "NONE", "typ": "JWT"}),
        forged({"alg": "HS256", "crit": ["exp"]}),
        forged({"alg": "HS256", "jku": "http://127.0.0.1/keys"}),
        forged({"alg": ["HS256"]}),
        forged({"alg": "RS256"}, signature=b"x" * 256),
        forged({"alg": "HS256", "kid": "../../dev/null"}, signature=b"x" * 32),
        forged({"alg": "HS256"}, b"[" * 3_000, b"x" * 32),
        forged({"alg": "HS256"}, b"9" * 5_000, b"x" * 32),
        forged({"alg": "HS256"}, b"\xff", b"x" * 32),
    ],
    ids=lambda bad: repr(bad)[:40],
)
async def test_every_other_token_is_refused_with_one_text(bad: str) -> None:
    with pytest.raises(TokenRejected) as refused:
        await VERIFIER.verify(bad)

    assert (refused.value.status, refused.value.detail) == (401, "the access token is not valid")


def test_the_token_is_read_from_its_header() -> None:
    assert bearer(Headers({"authorization": "Bearer abc.def-_~+/=="})) == "abc.def-_~+/=="
    assert bearer(Headers({"authorization": "bearer  abc"})) == "abc"
    assert bearer(Headers({})) is None


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "abc", "Basic abc", "Bearer a b", "Bearer a,b", "Bearer é"]
)
def test_any_other_authorization_is_refused_rather_than_ignored(value: str) -> None:
    with pytest.raises(TokenRejected):
        bearer(Headers(raw=[(b"authorization", value.encode())]))
    with pytest.raises(TokenRejected):
        bearer_of_params({"Authorization": value})


def test_two_tokens_are_refused() -> None:
    with pytest.raises(TokenRejected):
        bearer(Headers(raw=[(b"authorization", b"Bearer a"), (b"authorization", b"Bearer a")]))
    with pytest.raises(TokenRejected):
        bearer_of_params({"Authorization": "Bearer a", "authorization": "Bearer a"})


async def test_a_viewer_comes_from_headers_or_from_connection_params() -> None:
    header = Headers({"authorization": f"Bearer {token()}"})

    assert await VERIFIER.viewer(header) == ANA
    assert await VERIFIER.viewer(Headers({}), {"Authorization": f"Bearer {token()}"}) == ANA
    assert await VERIFIER.viewer(Headers({}), {"other": 1}) == ANONYMOUS
    assert await VERIFIER.viewer(Headers({})) == ANONYMOUS
    with pytest.raises(TokenRejected):
        await VERIFIER.viewer(header, {"authorization": 1})


async def test_a_token_that_was_accepted_is_refused_once_it_expires() -> None:
    shown = token(exp=int(time.time()) - 28)
    assert await VERIFIER.verify(shown) == ANA

    async def keep_asking() -> None:
        async with asyncio.timeout(5):
            while True:
                await VERIFIER.verify(shown)

    with pytest.raises(TokenRejected):
        await keep_asking()


# Published keys

RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
NEW_KEY = ec.generate_private_key(ec.SECP256R1())


def jwk(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, kid: str) -> dict[str, object]:
    if isinstance(key, rsa.RSAPrivateKey):
        return {
            **jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True),
            "kid": kid,
            "use": "sig",
        }
    return {**jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "alg": "ES256"}


class Provider:
    """An identity provider whose answer can be changed, and the clock of who asks it."""

    def __init__(self) -> None:
        self.keys = [jwk(RSA_KEY, "rsa"), jwk(EC_KEY, "ec")]
        self.broken = False
        self.fetches = 0
        self.seconds = 1_000.0
        self.url = ""

    async def __call__(self, _request: Request) -> Response:
        self.fetches += 1
        body = "<html>oops" if self.broken else json.dumps({"keys": self.keys})
        return Response(body, 500 if self.broken else 200)

    def verifier(self) -> TokenVerifier:
        keys = PublishedKeys(self.url, monotonic_s=lambda: self.seconds)
        return TokenVerifier(keys=keys, audience="ciclo", issuer="ciclo")


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    found = Provider()
    endpoint: Callable[[Request], Awaitable[Response]] = found.__call__
    async with serving(Starlette(routes=[Route("/keys", endpoint)])) as url:
        found.url = f"{url}/keys"
        yield found


async def test_tokens_of_published_keys_are_accepted_with_one_fetch(provider: Provider) -> None:
    verifier = provider.verifier()
    tokens = [
        token(key=RSA_KEY, algorithm="RS256", kid="rsa"),
        token(key=EC_KEY, algorithm="ES256", kid="ec"),
    ]

    assert await asyncio.gather(*map(verifier.verify, tokens * 10)) == [ANA] * 20
    assert provider.fetches == 1


async def test_a_public_key_is_no_shared_secret(provider: Provider) -> None:
    pem = RSA_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    confused = jwt.api_jws.PyJWS().encode(b"{}", "x" * 32, "HS256", headers={"kid": "rsa"})
    verifier = provider.verifier()

    for bad in (
        confused,
        forged({"alg": "HS256", "kid": "rsa"}, signature=pem[:32]),
        token(key=EC_KEY, algorithm="ES256", kid="rsa"),
        token(key=EC_KEY, algorithm="ES256"),
        token(),
    ):
        with pytest.raises(TokenRejected):
            await verifier.verify(bad)


async def test_a_new_key_is_fetched_when_a_token_names_it(provider: Provider) -> None:
    verifier = provider.verifier()
    await verifier.verify(token(key=EC_KEY, algorithm="ES256", kid="ec"))
    provider.keys.append(jwk(NEW_KEY, "new"))
    provider.seconds += 11

    assert await verifier.verify(token(key=NEW_KEY, algorithm="ES256", kid="new")) == ANA
    assert provider.fetches == 2


async def test_unknown_key_ids_do_not_become_a_flood_of_fetches(provider: Provider) -> None:
    verifier = provider.verifier()

    for number in range(50):
        with pytest.raises(TokenRejected):
            await verifier.verify(token(key=NEW_KEY, algorithm="ES256", kid=f"unknown-{number}"))

    assert provider.fetches == 1


async def test_a_revoked_key_stops_counting_when_the_keys_are_next_fetched(provider: Provider) -> None:
    verifier = provider.verifier()
    shown = token(key=EC_KEY, algorithm="ES256", kid="ec")
    assert await verifier.verify(shown) == ANA
    del provider.keys[1]
    provider.seconds += 301

    with pytest.raises(TokenRejected):
        await verifier.verify(token(key=EC_KEY, algorithm="ES256", kid="ec", sub="user-2"))


async def test_known_keys_serve_for_an_hour_while_the_provider_is_down(provider: Provider) -> None:
    verifier = provider.verifier()
    shown = token(key=EC_KEY, algorithm="ES256", kid="ec")
    await verifier.verify(shown)
    provider.broken = True

    provider.seconds += 3_000
    later = token(key=EC_KEY, algorithm="ES256", kid="ec", sub="user-2")
    assert (await verifier.verify(later)).subject == "user-2"
    with pytest.raises(KeysUnavailable):
        await verifier.verify(token(key=NEW_KEY, algorithm="ES256", kid="new"))

    provider.seconds += 3_000
    with pytest.raises(KeysUnavailable):
        await verifier.verify(token(key=EC_KEY, algorithm="ES256", kid="ec", sub="user-3"))


async def test_a_provider_that_never_answered_is_a_503_and_recovers(provider: Provider) -> None:
    verifier = provider.verifier()
    shown = token(key=EC_KEY, algorithm="ES256", kid="ec")
    provider.broken = True

    for _ in range(3):
        with pytest.raises(KeysUnavailable) as refused:
            await verifier.verify(shown)
        assert (refused.value.status, refused.value.retry_after_s) == (503, 10)
    assert provider.fetches == 1

    provider.broken = False
    provider.seconds += 11
    assert await verifier.verify(shown) == ANA


async def test_nobody_listening_is_a_503_too() -> None:
    verifier = TokenVerifier(keys=PublishedKeys("http://127.0.0.1:9/keys"), audience="ciclo", issuer="ciclo")

    with pytest.raises(KeysUnavailable):
        await verifier.verify(token(key=EC_KEY, algorithm="ES256", kid="ec"))
