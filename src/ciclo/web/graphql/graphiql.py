"""GraphiQL: the page that portal/graphiql was built into, under a policy that lets nothing else in."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from starlette.responses import HTMLResponse, Response

from ciclo.web.built import STATIC

FILES: Final = STATIC / "graphiql"
ASSETS: Final = "assets/graphiql"
"""Where the page's files are, below the folder that was built and below the root of this server."""

# The strictest policy that GraphiQL works under: its dialogs write style elements.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_MISSING: Final = """<!doctype html>
<html lang="en">
<title>GraphiQL is not here yet</title>
<h1>GraphiQL is not here yet</h1>
<p>Its files are built once, from the npm registry. Where that is in reach, run
<code>.venv/bin/ciclo assets</code> (outside a clone: install Ciclo again) and start Ciclo again.</p>
"""


@dataclass(frozen=True, slots=True)
class GraphiqlPage:
    """The page, read once; empty if it was not built."""

    html: str

    @classmethod
    def of(cls, files: Path = FILES) -> Self:
        """Return the page that was built into *files*."""
        page = files / "index.html"
        return cls(page.read_text(encoding="utf-8") if page.is_file() else "")

    def response(self) -> Response:
        """Return the page, or what to do to get it."""
        headers = {"cache-control": "no-store", "content-security-policy": POLICY}
        return HTMLResponse(self.html, headers=headers) if self.html else HTMLResponse(_MISSING, 503, headers)
