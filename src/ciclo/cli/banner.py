"""The last words of a start: where everything is, how to try it, how to stop it."""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

USUAL_FOLDER: Final = Path(".ciclo")
"""Commands look here by themselves."""
QUERY: Final = "{ plans(first: 5) { edges { node { id name price { amount currency } } } } }"


@dataclass(frozen=True, kw_only=True)
class BannerFacts:
    """What the banner tells."""

    url: str
    env_file: Path
    command: str
    """How this shell calls `ciclo`."""
    subscription: str | None
    """One to try a webhook on; None if there is none yet."""


def banner_text(facts: BannerFacts) -> str:
    """Return the block of lines; the last one is for scripts that wait."""
    env = _sourced(facts.env_file)
    body = json.dumps({"query": QUERY})
    root = facts.env_file.parent
    folder = "" if root == USUAL_FOLDER else f" --data-dir {shlex.quote(str(root))}"
    return f"""
  Portal    {facts.url}/        choose a demo person there
  Admin     {facts.url}/admin   and the operator there
  GraphiQL  {facts.url}/graphql asks as whom you chose
  Health    {facts.url}/healthz, /readyz, /metrics
  Tokens    {facts.env_file}

  Try it
    . {env}
    curl -s -w '\\n' "$CICLO_URL/graphql" -H "Authorization: Bearer $CICLO_ADMIN_TOKEN" \\
      -H 'Content-Type: application/json' -d '{body}'
    {facts.command} webhook payment_failed {facts.subscription or "SUBSCRIPTION_ID"}{folder}

  Development only: sandbox payments, secrets in a folder, 127.0.0.1.
  Ctrl+C stops everything and keeps the data; {facts.command} reset{folder} clears it.

ready {facts.url}"""


def _sourced(path: Path) -> str:
    """Return *path* as the argument of the shell's dot, which would look up a bare name on PATH."""
    return shlex.quote(str(path) if path.is_absolute() else f"./{path}")
