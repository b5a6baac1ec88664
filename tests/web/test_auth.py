"""Tokens: which are accepted, who they speak for, and that every other one is refused alike."""

import asyncio
import time

import jwt
import pytest
from pydantic import SecretStr
from starlette.datastructures import Headers

from ciclo.permissions import OperatorRole, permissions_of
from ciclo.settings.settings import Settings
from ciclo.viewer import operator_of
from ciclo.web.auth import TokenRejected, TokenVerifier, bearer, bearer_of_params, find_token
from tests.web.conftest import JWT_SECRET
from tests.web.tokens import ANA, claims, forged, token

VERIFIER = TokenVerifier.of(
    Settings(
        mongo_url=SecretStr("mongodb://localhost"),
        redis_url=SecretStr("redis://localhost"),
        jwt_secret=SecretStr(JWT_SECRET),
        jwks_url=None,
    )
)


async def test_a_customer_is_known_by_the_address_in_lower_case() -> None:
    assert await VERIFIER.verify(token()) == ANA


async def test_an_administrator_needs_no_address() -> None:
    assert await VERIFIER.verify(token(role="admin", email=None)) == operator_of("user-1", OperatorRole.OWNER)


async def test_clocks_may_differ_by_the_leeway() -> None:
    now = int(time.time())

    assert await VERIFIER.verify(token(exp=now - 20)) == ANA
    assert await VERIFIER.verify(token(iat=now + 20)) == ANA


@pytest.mark.parametrize(
    ("claimed", "roles"),
    [
        ({"role": "admin", "roles": ["FINANCE"]}, [OperatorRole.FINANCE]),
        ({"role": None, "roles": ["SUPPORT", "offline_access", "DEVELOPER"]}, ["SUPPORT", "DEVELOPER"]),
        # Whoever names roles of which Ciclo knows none has none: a misspelt one must not open everything.
        ({"role": "admin", "roles": ["FINANNCE"]}, []),
        ({"role": "admin", "roles": []}, []),
        ({"role": "admin", "roles": "OWNER"}, [OperatorRole.OWNER]),
        ({"role": "admin", "roles": {"OWNER": True}}, []),
    ],
)
async def test_an_operators_roles_say_what_they_may(
    claimed: dict[str, object], roles: list[OperatorRole]
) -> None:
    viewer = await VERIFIER.verify(token(email=None, **claimed))

    assert viewer == operator_of("user-1", *(OperatorRole(role) for role in roles))
    assert viewer.permissions == permissions_of(roles)


async def test_a_customers_token_makes_no_operator_of_them() -> None:
    assert await VERIFIER.verify(token(roles=["OWNER"])) == ANA


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
        token(role=None, roles=["offline_access"]),
        token(role="owner", roles=["OWNER"]),
        token(role="admin", sub="cli:root@host"),
        token(role="admin", sub="key_01h455vb4pex5vsknk084sn02q"),
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
        token(email="Ana <ana@example.com>"),
        token(email="ana@example"),
        token(email="\u212aim@example.com"),
        token(email_verified=False),
        token(email_verified="false"),
        token(email_verified="no"),
        token(email_verified=0),
        token(role="admin", email_verified=False),
        token(key="another secret of at least 32 bytes!!"),
        token(algorithm="HS384", key=JWT_SECRET * 2),
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


@pytest.mark.parametrize(
    ("email", "address"),
    [
        (" Ana@Example.com", "ana@example.com"),
        ("O'Connor@Example.com", "o'connor@example.com"),
        ("anna@xn--mnchen-3ya.example", "anna@münchen.example"),
    ],
)
async def test_a_tokens_address_is_read_as_an_entered_one_is(email: str, address: str) -> None:
    assert (await VERIFIER.verify(token(email=email))).email == address


def test_a_token_comes_from_headers_or_from_connection_params() -> None:
    header = Headers({"authorization": "Bearer a.b.c"})

    assert find_token(header) == "a.b.c"
    assert find_token(header, {"Authorization": "Bearer d.e.f"}) == "d.e.f"
    assert find_token(Headers({}), {"other": 1}) is None
    assert find_token(Headers({})) is None
    with pytest.raises(TokenRejected):
        find_token(header, {"authorization": 1})


async def test_a_token_that_was_accepted_is_refused_once_it_expires() -> None:
    shown = token(exp=int(time.time()) - 28)
    assert await VERIFIER.verify(shown) == ANA

    async def keep_asking() -> None:
        async with asyncio.timeout(5):
            while True:
                await VERIFIER.verify(shown)

    with pytest.raises(TokenRejected):
        await keep_asking()


@pytest.mark.parametrize("said", [True, "true", None])
async def test_an_address_that_is_not_said_to_be_unverified_is_taken(said: object) -> None:
    assert await VERIFIER.verify(token(email_verified=said)) == ANA
