"""The runbook's commands exist, with the options that it gives them; those to Redis and GraphQL are tried."""

import re
import shlex
from typing import Final

import pytest
import typer
from click import Command, Context, Group

from ciclo.cli.app import app
from tests.operations.watching import ROOT, RUNBOOK, anchors
from tests.stack import Stack

PAGES: Final = (RUNBOOK, ROOT / "docs" / "operations.md", ROOT / "SECURITY.md")
ANSWERED_BY_ALL: Final = {
    "the-api-does-not-answer", "lag", "dead-letters", "due-work-late", "primary-lost", "redis-lost",
    "provider-down", "rotate-secrets", "migrate",
}  # fmt: skip


def text_of(*pages: object) -> str:
    return "\n".join(page.read_text(encoding="utf-8") for page in PAGES if page in pages or not pages)


def lines_of_code(text: str) -> list[str]:
    """Return the lines of blocks and the spans of code."""
    blocks = re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    return [line.strip() for block in blocks for line in block.splitlines()] + spans


def commands_of_ciclo() -> list[str]:
    found = []
    for line in lines_of_code(text_of()):
        found += re.findall(r"(?:^|api |\| )ciclo ([a-z-].*)$", line)
    return sorted({one for one in found if not one.startswith("...")})


@pytest.mark.parametrize("words", commands_of_ciclo())
def test_a_command_exists_with_its_options(words: str) -> None:
    command: Command = typer.main.get_command(app)
    given = shlex.split(words, comments=True)
    while isinstance(command, Group) and given and not given[0].startswith("-"):
        assert given[0] in command.commands, words
        command = command.commands[given.pop(0)]
    if given and given != ["NAME"]:
        arguments = [word for word in given if word != "…"]
        command.make_context("ciclo", arguments, resilient_parsing=False, parent=Context(command))


@pytest.mark.parametrize(
    "line", [line for line in lines_of_code(text_of(RUNBOOK)) if line.startswith("redis-cli")]
)
async def test_a_command_to_redis_is_understood(line: str, stack: Stack) -> None:
    words = shlex.split(line.replace("ciclo:", f"{stack.deps.streams.prefix}:"))

    assert words[:3] == ["redis-cli", "-u", "$CICLO_REDIS_URL"]
    await stack.deps.streams.redis.execute_command(*words[3:])


@pytest.mark.parametrize(
    "query", re.findall(r"^```graphql\n(.*?)^```", text_of(RUNBOOK), re.MULTILINE | re.DOTALL)
)
async def test_a_query_is_answered(query: str, stack: Stack) -> None:
    await stack.data(query)


def test_every_section_says_what_one_sees_where_to_look_what_to_do_and_when_it_is_over() -> None:
    sections = text_of(RUNBOOK).split("\n## ")[1:]

    lacking = [
        (section.splitlines()[0], word)
        for section in sections
        for word in ("**Seen**", "**Look**", "**Do**", "**Over**")
        if word not in section and not section.startswith("Rotate secrets")
    ]
    assert lacking == []
    assert anchors(RUNBOOK) >= ANSWERED_BY_ALL


def test_a_link_between_pages_leads_to_a_heading() -> None:
    broken = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            path, _, anchor = target.partition("#")
            if "://" in target:
                continue
            there = (page.parent / path).resolve() if path else page
            if not there.exists() or (anchor and anchor not in anchors(there)):
                broken.append((page.name, target))
    assert broken == []


def test_every_setting_that_is_named_is_one() -> None:
    named = set(re.findall(r"\bCICLO_[A-Z_]+", text_of(RUNBOOK)))
    table = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")

    assert {name for name in named if f"`{name}`" not in table} == set()
