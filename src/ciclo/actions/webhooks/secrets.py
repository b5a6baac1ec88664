"""Endpoints' secrets: generated here, shown once, kept encrypted, decrypted to sign."""

import base64
import hashlib
import secrets
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from ciclo.domain.errors.webhooks import EncryptionNotSetUp
from ciclo.domain.webhooks.endpoint import SealedSecret
from ciclo.settings.settings import Settings

PREFIX: Final = "whsec_"
RANDOM_BYTES: Final = 32
HINT_CHARS: Final = 4


class Sealer:
    """Encrypts by the first of the settings' keys; decrypts by any, so that keys can be replaced."""

    def __init__(self, settings: Settings) -> None:
        keys = [key.get_secret_value() for key in settings.encryption_keys]
        # A key may be any long text: Fernet wants 32 bytes of it.
        self._fernets = [
            Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys
        ]

    def seal(self, secret: str) -> SealedSecret:
        """Return *secret* encrypted.

        Raises:
            EncryptionNotSetUp: there is no key.
        """
        return SealedSecret(text=self._all().encrypt(secret.encode()).decode())

    def unseal(self, sealed: SealedSecret) -> str:
        """Return the secret in *sealed*.

        Raises:
            EncryptionNotSetUp: there is no key, or the one that encrypted it is not there any more.
        """
        try:
            return self._all().decrypt(sealed.text.encode()).decode()
        except InvalidToken:
            raise EncryptionNotSetUp from None

    def _all(self) -> MultiFernet:
        if not self._fernets:
            raise EncryptionNotSetUp
        return MultiFernet(self._fernets)


def generate_secret() -> str:
    """Return a new secret of Standard Webhooks: `whsec_` and base64 of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(RANDOM_BYTES)).decode()


def hint_of(secret: str) -> str:
    """Return the end of a secret, by which people tell it from others."""
    return secret.rstrip("=")[-HINT_CHARS:]
