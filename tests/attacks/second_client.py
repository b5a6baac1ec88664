"""A second client, in a process of its own: asks for /healthz again and again until its input ends.

Then it prints how long each answer took, in seconds, and which statuses there were.
"""

import http.client
import json
import select
import sys
import time

ANSWER_S_MAX = 30.0
"""An answer that takes longer is none."""

READY = "ready"
"""Is said after the first answer; the attack may begin."""


def main(port: int) -> None:
    """Ask until standard input is closed; each time by a new connection, as a health check does."""
    seconds: list[float] = []
    statuses: list[int] = []
    while not select.select([sys.stdin], [], [], 0)[0]:
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_S_MAX)
        try:
            connection.request("GET", "/healthz", headers={"connection": "close"})
            statuses.append(connection.getresponse().status)
        except OSError:
            statuses.append(0)
        finally:
            connection.close()
        seconds.append(time.perf_counter() - began)
        if len(seconds) == 1:
            sys.stdout.write(f"{READY}\n")
            sys.stdout.flush()
    sys.stdout.write(json.dumps({"seconds": seconds, "statuses": statuses}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
