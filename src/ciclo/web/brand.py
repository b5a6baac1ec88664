"""The seller's brand in browsers: its files, and what the portal's page says of it."""

from collections.abc import Awaitable, Callable
from html import escape
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciclo.settings.brand import ACCENT, BRAND_FILES, Brand, BrandFile
from ciclo.web.built import FOREVER

_FAMILY: Final = "Seller's titles"


def brand_routes(brand: Brand) -> list[Route]:
    """Return where the seller's files are: each has a name that changes with what is in it."""
    files = {file.name: file for file in (brand.logo, brand.title_font, _style(brand)) if file}
    return [Route(f"{BRAND_FILES}/{name}", _serving(file), methods=["GET"]) for name, file in files.items()]


def brand_head(brand: Brand) -> str:
    """Return what the portal's page has in its head: the seller's style, and what its scripts show."""
    told = {
        "name": brand.name,
        "logo": f"{BRAND_FILES}/{brand.logo.name}" if brand.logo else None,
        "support": brand.support,
        "termsUrl": brand.terms_url,
        "privacyUrl": brand.privacy_url,
        "returnUrl": brand.return_url,
    }
    style = _style(brand)
    link = f'<link rel="stylesheet" href="{BRAND_FILES}/{style.name}">' if style else ""
    return f'<meta name="brand" content="{escape(orjson.dumps(told).decode())}">{link}'


def _serving(file: BrandFile) -> Callable[[Request], Awaitable[Response]]:
    # Mails show the logo on pages of others.
    headers = {"cache-control": FOREVER, "cross-origin-resource-policy": "cross-origin"}

    async def serve(_: Request) -> Response:
        return Response(file.content, media_type=file.media_type, headers=headers)

    return serve


def _style(brand: Brand) -> BrandFile | None:
    """Return the style sheet of a brand that is not Ciclo's own; on paper nothing is coloured."""
    rules = []
    if brand.accent != ACCENT:
        rules.append(
            f"@media screen {{ :root {{ --accent: {brand.accent}; --accent-hover: {brand.accent_hover}; "
            f"--accent-press: {brand.accent_press}; --on-accent: {brand.on_accent}; }} }}"
        )
    if brand.title_font:
        rules.append(
            f'@font-face {{ font-family: "{_FAMILY}"; font-display: swap; '
            f'src: url("{BRAND_FILES}/{brand.title_font.name}"); }}'
        )
        rules.append(f':root {{ --font-display: "{_FAMILY}", var(--font); }}')
    if not rules:
        return None
    return BrandFile.named("brand", ("css", "text/css; charset=utf-8"), "\n".join(rules).encode())
