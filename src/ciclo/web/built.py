"""The files that portal/build.py has built: where they are, and how browsers get and keep them."""

import mimetypes
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC: Final = Path(__file__).parents[1] / "static"
FOREVER: Final = "public, max-age=31536000, immutable"

CODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
"""How a file may lie packed beside itself, the smallest first."""


class ImmutableFiles(StaticFiles):
    """Files whose names change with their content, so that browsers may keep them for ever.

    They were packed when they were built: whoever takes that gets it.
    """

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Return one file."""
        coding, path = _packed(os.fspath(full_path), Headers(scope=scope).getlist("accept-encoding"))
        stat = os.stat(path) if coding else stat_result  # noqa: PTH116 - as Starlette hands it on
        response = super().file_response(path, stat, scope, status_code)
        response.headers["cache-control"] = FOREVER
        response.headers["vary"] = "accept-encoding"
        if coding:
            response.headers["content-encoding"] = coding
            if "content-type" in response.headers:  # which an answer of 304 has not
                response.headers["content-type"] = _media_type(os.fspath(full_path))
        return response


def _packed(path: str, accepted: Sequence[str]) -> tuple[str, str]:
    """Return the coding and the file for somebody who accepts *accepted*; no coding is the file itself."""
    taken = set(_taken(accepted))
    for coding, suffix in CODINGS:
        if coding in taken and os.path.isfile(path + suffix):  # noqa: PTH113 - as Starlette hands it on
            return coding, path + suffix
    return "", path


def _taken(accepted: Sequence[str]) -> Iterator[str]:
    for offer in ",".join(accepted).lower().split(","):
        coding, _, weight = offer.partition(";")
        # "gzip;q=0" asks not to get it; other weights say nothing that matters here.
        if weight.replace(" ", "").removeprefix("q=").strip("0.") or not weight:
            yield coding.strip()


def _media_type(path: str) -> str:
    media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
