"""Tokens for tests: good ones, and forged ones."""

import base64
import json
import time
from collections.abc import Mapping

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from ciclo.viewer import Viewer, ViewerKind
from tests.web.conftest import JWT_SECRET

Key = str | rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
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


def token(*, key: Key = JWT_SECRET, algorithm: str = "HS256", kid: str = "", **changes: object) -> str:
    return jwt.encode(claims(**changes), key, algorithm, headers={"kid": kid} if kid else None)


def forged(header: Mapping[str, object], payload: bytes | None = None, signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), payload or json.dumps(claims()).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
