"""What the tests of the HTTP side share."""

import pytest
from pydantic import SecretStr

from ciclo.settings.settings import Settings

JWT_SECRET = "a shared secret of at least 32 bytes!"


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Give settings that no server stands behind."""
    return Settings(
        mongo_url=SecretStr("mongodb://127.0.0.1:9"),
        redis_url=SecretStr("redis://127.0.0.1:9"),
        jwt_secret=SecretStr(JWT_SECRET),
        jwks_url=None,
    )
