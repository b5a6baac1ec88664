"""Tokens for local use: the JWTs that the API accepts with a shared secret."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import jwt

from ciclo.localstack.choices import Role
from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.folder import StackFolder
from ciclo.permissions import OperatorRole

ADMIN_EMAIL: Final = "admin@example.com"
CUSTOMER_EMAIL: Final = "ana@example.com"
"""A customer of the demo data."""
ALGORITHM: Final = "HS256"
DEFAULT_AUDIENCE: Final = "ciclo"
DEFAULT_ISSUER: Final = "ciclo"


@dataclass(frozen=True, kw_only=True)
class Signer:
    """What tokens are signed with, and for whom."""

    secret: str
    audience: str
    issuer: str


def signer_from(values: Mapping[str, str], folder: StackFolder) -> Signer:
    """Return the signer that *values* describe, with the secret in *folder* where they have none.

    Raises:
        Fault: no secret is known.
    """
    secret = values.get("CICLO_JWT_SECRET")
    kept = folder.keys / "jwt"
    if not secret and kept.exists():
        secret = kept.read_text(encoding="utf-8").strip()
    if not secret:
        raise LocalStackError(
            "no secret to sign with", remedy="set CICLO_JWT_SECRET, or start the stack once: ciclo up"
        )
    return Signer(
        secret=secret,
        audience=values.get("CICLO_JWT_AUDIENCE", DEFAULT_AUDIENCE),
        issuer=values.get("CICLO_JWT_ISSUER", DEFAULT_ISSUER),
    )


def sign_token(
    signer: Signer,
    *,
    email: str,
    role: Role,
    lifetime: timedelta,
    now: datetime,
    roles: Sequence[OperatorRole] = (),
) -> str:
    """Return a token for *email* that ends *lifetime* after *now*, with an operator's *roles*."""
    return jwt.encode(
        {
            "sub": email,
            "email": email,
            "role": role.value,
            **({"roles": list(roles)} if roles else {}),
            "aud": signer.audience,
            "iss": signer.issuer,
            "iat": now,
            "exp": now + lifetime,
        },
        signer.secret,
        algorithm=ALGORITHM,
    )
