"""Tokens are what the API asks for, signed with the secret that it knows."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest

from ciclo.localstack.choices import Role
from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.folder import StackFolder, lock_folder
from ciclo.localstack.keys import keys_of
from ciclo.localstack.tokens import Signer, sign_token, signer_from

SECRET = "a secret of at least thirty-two bytes"
NOW = datetime.now(UTC).replace(microsecond=0)


def test_a_token_says_who_may_do_what_for_how_long() -> None:
    signer = Signer(secret=SECRET, audience="billing", issuer="us")

    text = sign_token(
        signer, email="ana@example.com", role=Role.CUSTOMER, lifetime=timedelta(hours=1), now=NOW
    )

    claims = jwt.decode(
        text,
        SECRET,
        algorithms=["HS256"],
        audience="billing",
        issuer="us",
        options={"require": ["sub", "email", "role", "aud", "iss", "iat", "exp"]},
    )
    assert claims == {
        "sub": "ana@example.com",
        "email": "ana@example.com",
        "role": "customer",
        "aud": "billing",
        "iss": "us",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 3_600,
    }


def test_the_secret_of_the_environment_comes_first(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path / "data")
    with lock_folder(folder):
        keys_of(folder)

    assert signer_from({"CICLO_JWT_SECRET": SECRET, "CICLO_JWT_AUDIENCE": "billing"}, folder) == Signer(
        secret=SECRET, audience="billing", issuer="ciclo"
    )


def test_else_the_local_stack_has_one(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path / "data")
    with lock_folder(folder):
        keys = keys_of(folder)

    assert signer_from({}, folder) == Signer(secret=keys.jwt, audience="ciclo", issuer="ciclo")


def test_without_any_secret_there_is_no_token(tmp_path: Path) -> None:
    with pytest.raises(LocalStackError, match="no secret to sign with"):
        signer_from({}, StackFolder(tmp_path))
