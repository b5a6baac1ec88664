"""The secrets of a local stack: random, made once, readable by their owner only."""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ciclo.localstack.folder import StackFolder, write_private

RANDOM_BYTES: Final = 32


@dataclass(frozen=True, kw_only=True)
class Keys:
    """What is secret in one data folder."""

    jwt: str
    webhook: str
    sandbox: str
    encryption: str
    valkey: str
    replica_set: str
    """A name and no secret, but random for the same reason: drivers then refuse any other stack's mongod."""


def keys_of(folder: StackFolder) -> Keys:
    """Return the secrets in *folder*, making those that are missing."""
    return Keys(
        jwt=_kept(folder.keys / "jwt", lambda: secrets.token_urlsafe(RANDOM_BYTES)),
        webhook=_kept(folder.keys / "webhook", _webhook_secret),
        sandbox=_kept(folder.keys / "sandbox", lambda: secrets.token_urlsafe(RANDOM_BYTES)),
        encryption=_kept(folder.keys / "encryption", lambda: secrets.token_urlsafe(RANDOM_BYTES)),
        valkey=_kept(folder.keys / "valkey", lambda: secrets.token_hex(RANDOM_BYTES)),
        # It is written in mongod's files too, so it is kept beside them and goes when they go.
        replica_set=_kept(folder.mongo / "ciclo-replica-set", lambda: f"rs0-{secrets.token_hex(4)}"),
    )


def _webhook_secret() -> str:
    """Return a Standard Webhooks secret: `whsec_` and base 64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(RANDOM_BYTES)).decode()


def _kept(path: Path, make: Callable[[], str]) -> str:
    if not path.exists():
        write_private(path, make() + "\n")
    return path.read_text(encoding="utf-8").strip()
