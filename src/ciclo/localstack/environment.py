"""The env file: addresses, tokens and secrets as shell lines, for people, scripts and our own commands."""

import shlex
from collections.abc import Mapping
from typing import Final

from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.folder import StackFolder

PREFIX: Final = "CICLO_"


def as_lines(values: Mapping[str, str]) -> str:
    """Return `NAME=value` lines; quoted only where a shell needs it, so that simple readers work too."""
    return "".join(f"{name}={_quoted(value)}\n" for name, value in values.items())


def as_exports(values: Mapping[str, str]) -> str:
    """Return `export NAME='value'` lines for `eval "$(ciclo env)"` in any shell."""
    return "".join(f"export {name}='{_inside_quotes(value)}'\n" for name, value in values.items())


def parse_env_file(text: str) -> dict[str, str]:
    """Return the variables in lines of `NAME=value` or `export NAME='value'`.

    Raises:
        ValueError: a line is neither.
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        words = [word for word in shlex.split(line, comments=True) if word != "export"]
        for word in words:
            name, equals, value = word.partition("=")
            if not equals or not name.isidentifier():
                raise ValueError(f"not a shell assignment: {name[:40]!r}")
            found[name] = value
    return found


def read_settings(folder: StackFolder, given: Mapping[str, str]) -> dict[str, str]:
    """Return the CICLO_ variables of the env file in *folder*, each overridden by the *given* environment."""
    if folder.env.exists():
        try:
            values = parse_env_file(folder.env.read_text(encoding="utf-8"))
        except ValueError as error:
            raise LocalStackError(
                f"{folder.env} is damaged: {error}", remedy="ciclo up writes it anew"
            ) from error
    else:
        values = {}
    return values | {name: value for name, value in given.items() if name.startswith(PREFIX) and value}


_SAFE: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./?-")
"""What an assignment may hold bare; `?` expands only in arguments."""


def _quoted(value: str) -> str:
    return value if set(value) <= _SAFE else shlex.quote(value)


def _inside_quotes(value: str) -> str:
    return value.replace("'", "'\"'\"'")
