"""Processes of a stack that a test starts by themselves."""

import asyncio
import os
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from ciclo.settings.settings import Settings

ROOT: Final = Path(__file__).parents[2]


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment that gives a process these settings."""
    values = {
        f"CICLO_{name.upper()}": _text(value)
        for name, value in settings
        if value is not None and name in settings.model_fields_set
    }
    return {**os.environ, "PYTHONPATH": str(ROOT), **values}


async def process(*command: str, env: dict[str, str]) -> asyncio.subprocess.Process:
    """Start a process that says nothing."""
    return await asyncio.create_subprocess_exec(*command, env=env, stdout=asyncio.subprocess.DEVNULL)


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_text, value))
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
