"""Keys that an identity provider publishes: fetched when needed, never more often, and known for a while."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciclo.web.auth import TokenRejected, TokenVerifier
from ciclo.web.jwt_keys import KeysUnavailable, PublishedKeys
from tests.web.serving import serving
from tests.web.tokens import ANA, forged, token

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
