"""A stack whose own processes are stand-ins: real children of the real supervisor, without the product.

stand_ins.py up FOLDER [--workers N] [--port N]
stand_ins.py api DESCRIPTOR
stand_ins.py worker
stand_ins.py migrate
"""

import argparse
import http.server
import os
import signal
import socket
import sys
from pathlib import Path

from ciclo.cli.screen import Screen
from ciclo.cli.up import Options, up
from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.folder import StackFolder
from ciclo.localstack.processes import Process
from ciclo.localstack.stack import CicloProcesses, Stack


def stand_ins(stack: Stack) -> CicloProcesses:
    """Return an API that only says that it is ready, and workers that only wait."""

    def stand_in(name: str, *arguments: str, gated: bool = False, files: tuple[int, ...] = ()) -> Process:
        return Process(
            name=name,
            command=(sys.executable, "-P", __file__, *arguments),
            environment=stack.environment,
            gated=gated,
            files=files,
        )

    return CicloProcesses(
        before=stand_in("migrate", "migrate"),
        first=(stand_in("api", "api", str(stack.listener), gated=True, files=(stack.listener,)),),
        then=tuple(stand_in(f"worker-{number}", "worker") for number in range(1, stack.workers + 1)),
    )


class Ready(http.server.BaseHTTPRequestHandler):
    """Answers every path with its own process id."""

    def do_GET(self) -> None:
        body = f"{os.getpid()}\n".encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(descriptor: int) -> None:
    """Serve on the supervisor's socket until SIGTERM."""
    server = http.server.HTTPServer(("127.0.0.1", 0), Ready, bind_and_activate=False)
    server.socket.close()
    server.socket = socket.socket(fileno=descriptor)
    server.server_activate()
    server.serve_forever()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=("up", "api", "worker", "migrate"))
    parser.add_argument("place", nargs="?")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--port", type=int)
    chosen = parser.parse_args()
    if chosen.role == "up":
        options = Options(
            folder=StackFolder(Path(chosen.place)), port=chosen.port, workers=chosen.workers, demo=False
        )
        try:
            up(options, Screen(), given=os.environ, processes=stand_ins)
        except LocalStackError as fault:
            sys.stderr.write(f"{fault.cause}\n{fault.remedy}\n")
            return 1
        return 0
    if chosen.role == "migrate":
        return 0
    if chosen.role == "api":
        if sys.stdin.readline() != "go\n":
            return 0
        serve(int(chosen.place))
    while True:
        signal.pause()


if __name__ == "__main__":
    sys.exit(main())
