"""Starts localstripe, somebody else's emulator of Stripe, in a process of its own; prints its address.

Run by `test_localstripe` with the emulator on PYTHONPATH: it is neither a dependency nor part of Ciclo.
It knows Stripe as of some years ago: what the API has renamed since is translated on the way in.
"""

import socket
from typing import Any

from aiohttp import web  # type: ignore[import-not-found] # on PYTHONPATH when this runs
from localstripe import resources, server  # type: ignore[import-not-found] # the same

as_sent = server.get_post_data
NEWER = ("description", "return_url")


async def as_understood(request: web.Request, **options: Any) -> Any:
    """Return a request's parameters by the names that localstripe has for them."""
    sent = await as_sent(request, **options)
    if not isinstance(sent, dict) or "allowed_payment_method_types" not in sent:
        return sent
    known = {name: value for name, value in sent.items() if name not in NEWER}
    known["payment_method_types"] = known.pop("allowed_payment_method_types")
    return known


server.get_post_data = as_understood
resources.Store.dump_to_disk = lambda _store: None

listener = socket.create_server(("127.0.0.1", 0))
print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)  # noqa: T201 - whoever started it reads it
web.run_app(server.app, sock=listener, print=None)
