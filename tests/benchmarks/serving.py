"""Serves one of the applications that the API is compared with, exactly as `ciclo api` serves the API."""

import sys
from importlib import import_module

import uvicorn

from ciclo.cli import serve
from ciclo.web.serving.http_protocol import CONNECTIONS_MAX


def main(factory: str, port: int) -> None:
    """Serve what *factory* (`module:function` of settings) makes, until SIGTERM."""
    module, _, name = factory.partition(":")
    application = getattr(import_module(module), name)(serve.settings_from())
    serve.freeze_heap()
    uvicorn.run(
        application,
        host="127.0.0.1",
        port=port,
        lifespan="on",
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=serve.KEEP_ALIVE_S,
        limit_concurrency=CONNECTIONS_MAX,
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
