"""GraphiQL: Strawberry's page, its files served from here, under a policy that lets nothing else in."""

import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from strawberry.http.ides import get_graphql_ide_html

STATIC: Final = Path(__file__).parents[2] / "static"
FILES: Final = STATIC / "graphiql"
ASSETS_PATH: Final = "/assets/graphiql"
NONCE_BYTES: Final = 16
FOREVER: Final = "public, max-age=31536000, immutable"

_CDN: Final = "https://unpkg.com/"
_FILE: Final = re.compile(r'(?:src|href)="https://unpkg\.com/([^"]+)"')
_INLINE: Final = re.compile(r"<(script|style)>")
_MISSING: Final = """<!doctype html>
<html lang="en">
<title>GraphiQL is not here yet</title>
<h1>GraphiQL is not here yet</h1>
<p>Its files are fetched once, from the npm registry. Where that is in reach, run
<code>.venv/bin/ciclo assets</code> (outside a clone: <code>ciclo assets</code>) and start Ciclo again.</p>
"""


@dataclass(frozen=True, slots=True)
class GraphiqlPage:
    """The page, apart from the nonce that each answer has; empty while files are missing."""

    html: str

    @classmethod
    def of(cls, files: Path = FILES) -> Self:
        """Return the page for the *files* that `build_graphiql` wrote."""
        html = get_graphql_ide_html("graphiql")
        if not all((files / path).is_file() for path in _FILE.findall(html)):
            return cls("")
        local = html.replace(_CDN, f"{ASSETS_PATH}/").replace(
            "<title>Strawberry GraphiQL", "<title>Ciclo GraphiQL"
        )
        return cls(local)

    def response(self) -> Response:
        """Return the page, or what to do to get it."""
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        headers = {"cache-control": "no-store", "content-security-policy": _policy(nonce)}
        if not self.html:
            return HTMLResponse(_MISSING, 503, headers)
        return HTMLResponse(_INLINE.sub(rf'<\1 nonce="{nonce}">', self.html), headers=headers)


class ImmutableFiles(StaticFiles):
    """Files whose names change with their content, so that browsers may keep them for ever."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """Return one file."""
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they come
        response.headers["cache-control"] = FOREVER
        return response


def _policy(nonce: str) -> str:
    """Return the strictest policy that GraphiQL works under: its dialogs write style elements."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )
