"""The files that portal/build.py has built into the package: where they are, and how browsers keep them."""

from pathlib import Path
from typing import Final

from starlette.responses import Response
from starlette.staticfiles import StaticFiles

STATIC: Final = Path(__file__).parents[1] / "static"
FOREVER: Final = "public, max-age=31536000, immutable"


class ImmutableFiles(StaticFiles):
    """Files whose names change with their content, so that browsers may keep them for ever."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """Return one file."""
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they come
        response.headers["cache-control"] = FOREVER
        return response
