"""A small identity provider that keeps to OpenID Connect's code flow, and can be told to break it."""

import asyncio
import base64
import hashlib
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.stack import until

CLIENT_ID: Final = "ciclo-of-the-tests"
CLIENT_SECRET: Final = "a secret of the client, of the tests"
KEY: Final = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
OTHER_KEY: Final = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


@dataclass(kw_only=True)
class Provider:
    """Everybody who comes is who `claims` say; `token_changes` go over an ID token's own claims."""

    url: str
    claims: dict[str, Any] = field(default_factory=dict)
    token_changes: dict[str, Any] = field(default_factory=dict)
    signing_key: rsa.RSAPrivateKey = KEY
    answers_error: str = ""
    never_ends: bool = False
    """It says of itself byte by byte, and never all."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    async def metadata(self, _: Request) -> Response:
        if self.never_ends:
            return StreamingResponse(_spaces())
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
                "end_session_endpoint": f"{self.url}/logout",
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            }
        )

    async def jwks(self, _: Request) -> Response:
        key = json.loads(RSAAlgorithm.to_jwk(KEY.public_key()))
        return JSONResponse({"keys": [key | {"kid": "k1", "alg": "RS256", "use": "sig"}]})

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.asked.append(asked)
        is_right = (
            asked["client_id"] == CLIENT_ID
            and asked["response_type"] == "code"
            and "openid" in asked["scope"].split()
            and asked["code_challenge_method"] == "S256"
        )
        answer = {"state": asked["state"], "iss": self.url}
        if self.answers_error or not is_right:
            answer["error"] = self.answers_error or "invalid_request"
        else:
            answer["code"] = secrets.token_urlsafe(16)
            self.codes[answer["code"]] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", status_code=302)

    async def token(self, request: Request) -> Response:
        given = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        asked = self.codes.pop(given.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {basic}":
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        challenge = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        if (
            asked is None
            or given["redirect_uri"] != asked["redirect_uri"]
            or base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() != asked["code_challenge"]
        ):
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        token = jwt.encode(
            claims | self.claims | self.token_changes,
            self.signing_key,
            algorithm="RS256",
            headers={"kid": "k1"},
        )
        return JSONResponse({"access_token": "of no use", "token_type": "Bearer", "id_token": token})


async def _spaces() -> AsyncIterator[str]:
    while True:
        yield " "
        await asyncio.sleep(0.1)


@asynccontextmanager
async def identity_provider() -> AsyncIterator[Provider]:
    """Run a provider on loopback until the block ends."""
    provider = Provider(url="")
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", provider.metadata),
            Route("/jwks", provider.jwks),
            Route("/authorize", provider.authorize),
            Route("/token", provider.token, methods=["POST"]),
        ]
    )
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning")
    sock = config.bind_socket()
    provider.url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server.serve(sockets=[sock]))

    async def started() -> bool:
        return server.started

    try:
        await until(started)
        yield provider
    finally:
        server.should_exit = True
        await serving
