"""A post office, and a stack whose mails go there."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from ciclo.settings.mail import MailDelivery
from ciclo.settings.settings import Settings
from tests.mails.post_office import PostOffice, post_office
from tests.stack import settings_for


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with post_office() as opened:
        yield opened


@pytest.fixture
def base(mongo_url: str, redis_url: str, database_name: str, stream_prefix: str) -> dict[str, Any]:
    return {
        "mongo_url": mongo_url,
        "redis_url": redis_url,
        "database": database_name,
        "prefix": stream_prefix,
    }


@pytest.fixture
def settings(base: dict[str, Any], office: PostOffice) -> Settings:
    """Settings of a sandbox whose mails go to the post office."""
    return settings_for(
        **base,
        smtp_url=SecretStr(office.url),
        mail_delivery=MailDelivery.SMTP,
        mail_from="cobranca@loja.example",
        mail_reply_to="ajuda@loja.example",
        webhook_audience_ms=0,
    )
