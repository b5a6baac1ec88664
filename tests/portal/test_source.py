"""The portal's source: nothing in it leads to another host, and both languages say the same things."""

import fcntl
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from ciclo.actions.webhooks.post import headers_of
from ciclo.actions.webhooks.secrets import generate_secret
from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.tax_id import normalize_tax_id
from ciclo.permissions import Permission
from portal.build import INSTALL
from portal.build import PROJECT as PORTAL
from portal.npm import node_and_npm, run

SOURCES: Final = sorted(
    path
    for path in [PORTAL / "index.html", *(PORTAL / "src").rglob("*.*"), *(PORTAL / "graphiql").rglob("*.*")]
    if path.name != "graphql-env.d.ts"
)
CHECK_S_MAX: Final = 180
ADDRESS: Final = re.compile(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}", re.IGNORECASE)
ENTRY: Final = re.compile(r"^  (?:'([^']+)'|(\w+)):\s*(?:'((?:[^'\\]|\\.)*)'|\"([^\"]*)\")", re.MULTILINE)
PLACEHOLDER: Final = re.compile(r"\{\w+\}")


def words(path: Path) -> dict[str, set[str]]:
    """Return the placeholders of each text in a dictionary."""
    entries = ENTRY.findall(path.read_text(encoding="utf-8"))
    return {quoted or plain: set(PLACEHOLDER.findall(one or other)) for quoted, plain, one, other in entries}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(PORTAL).as_posix())
def test_no_source_names_another_host(path: Path) -> None:
    names_of_formats = ("http://www.w3.org/",)
    text = path.read_text(encoding="utf-8")
    for name in names_of_formats:
        text = text.replace(name, "")

    assert ADDRESS.findall(text) == []


def test_the_lock_file_names_no_registry_and_knows_each_file_that_is_built_with() -> None:
    lock = json.loads((PORTAL / "package-lock.json").read_text(encoding="utf-8"))

    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    shipped = {name: entry for name, entry in packages.items() if not entry.get("dev")}
    assert [name for name, entry in shipped.items() if not entry["integrity"].startswith("sha512-")] == []


@pytest.mark.parametrize(
    ("portuguese", "english", "least"),
    [
        ("i18n/pt.ts", "i18n/en.ts", 300),
        ("i18n/refusals-pt.ts", "i18n/refusals-en.ts", 90),
        ("admin/refusals-pt.ts", "admin/refusals-en.ts", 5),
        ("admin/webhooks/words-pt.ts", "admin/webhooks/words-en.ts", 60),
        ("admin/coupons/words-pt.ts", "admin/coupons/words-en.ts", 60),
        ("admin/customers/words-pt.ts", "admin/customers/words-en.ts", 60),
        ("admin/subscriptions/words-pt.ts", "admin/subscriptions/words-en.ts", 60),
        ("admin/numbers/words-pt.ts", "admin/numbers/words-en.ts", 60),
    ],
)
def test_both_languages_have_the_same_texts_with_the_same_places(
    portuguese: str, english: str, least: int
) -> None:
    ours = words(PORTAL / "src" / portuguese)

    assert len(ours) > least
    assert words(PORTAL / "src" / english) == ours


def test_every_permission_has_a_word_in_both_languages() -> None:
    for dictionary in ("words-pt.ts", "words-en.ts"):
        known = words(PORTAL / "src" / "admin" / dictionary)

        assert [one for one in Permission if f"permission.{one}" not in known] == []


@pytest.fixture
def tools() -> Iterator[None]:
    """The portal's own tools, which the build does without: installed by one test at a time."""
    _, npm = node_and_npm()
    with (Path(tempfile.gettempdir()) / "ciclo-portal-tools.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not tools_are_there():
            run([*npm, *INSTALL, "--include=dev"], PORTAL, seconds_max=CHECK_S_MAX)
        yield


def tools_are_there() -> bool:
    """Return whether npm noted that it installed all that the lock names; a build leaves the tools out."""
    noted = PORTAL / "node_modules" / ".package-lock.json"
    if not noted.is_file():
        return False
    there, locked = (
        json.loads(path.read_text(encoding="utf-8"))["packages"]
        for path in (noted, PORTAL / "package-lock.json")
    )
    named = {name: entry for name, entry in locked.items() if name and not entry.get("optional")}
    return all(
        there.get(name, {}).get("integrity") == entry.get("integrity") for name, entry in named.items()
    )


VERIFY: Final = """
const { Webhook } = require('standardwebhooks');
const { secret, headers, body } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(new Webhook(secret).verify(body, headers).type);
"""


def test_the_library_of_receivers_in_javascript_takes_what_we_sign(tools: None) -> None:
    node, _ = node_and_npm()
    secrets = [generate_secret(), generate_secret()]
    body = '{"type":"invoice.paid","customer":{"name":"Zoë"}}'
    made = headers_of("msg_1", body, secrets=secrets, at=datetime.now(UTC))
    headers = {name.decode(): value.decode() for name, value in made}

    def verify(secret: str, text: str) -> "subprocess.CompletedProcess[str]":
        given = json.dumps({"secret": secret, "headers": headers, "body": text})
        return subprocess.run(
            [str(node), "--input-type=commonjs", "-e", VERIFY],
            cwd=PORTAL, input=given, capture_output=True, text=True, timeout=CHECK_S_MAX, check=False,
        )  # fmt: skip

    for secret in secrets:
        done = verify(secret, body)
        assert done.stdout == "invoice.paid\n", done.stderr
    assert verify(generate_secret(), body).returncode != 0
    assert verify(secrets[0], body.replace("paid", "void")).returncode != 0


def test_types_queries_and_style_are_in_order(tools: None) -> None:
    """One test, for its steps are one after the other: queries are typed from the schema as it is."""
    for command in (
        ("gql.tada", "generate-output"),
        ("tsc", "--noEmit"),
        ("gql.tada", "check"),
        ("biome", "check", "."),
    ):
        done = checked(*command)

        assert done.returncode == 0, done.stdout + done.stderr


def checked(program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run one of the portal's own tools, by the node that built it."""
    node, _ = node_and_npm()
    path = os.pathsep.join((str(Path(node).parent), os.environ.get("PATH", "")))
    return subprocess.run(
        [str(PORTAL / "node_modules" / ".bin" / program), *arguments],
        cwd=PORTAL,
        env={**os.environ, "PATH": path},
        timeout=CHECK_S_MAX,
        check=False,
        capture_output=True,
        text=True,
    )


MASKS: Final = """
import fs from 'node:fs';
import ts from 'typescript';
const { sources, texts } = JSON.parse(fs.readFileSync(0, 'utf8'));
const load = (source) => import('data:text/javascript,' + encodeURIComponent(ts.transpile(source, {
  module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022,
})));
const [{ isTaxId, punctuatedTaxId }, { isPast, passesLuhn }] = await Promise.all(sources.map(load));
console.log(JSON.stringify({
  taxIds: texts.map((text) => [punctuatedTaxId(text), isTaxId(text)]),
  numbers: texts.map(passesLuhn),
  past: ['11/26', '12/26', '01/27'].map((month) => isPast(month, '2026-12-31')),
}));
"""
TYPED: Final = ("5", "529", "529982", "52998224725", "529.982.247-26", "11111111111", "529982247251",
    "12ABC34501DE35", "12abc34501de36", "11222333000181", "112223330001810", "11.222.333/0001-82",
    "4242424242424242", "4242424242424241")  # fmt: skip


def test_what_is_typed_is_punctuated_and_judged_as_the_server_judges_it(tools: None) -> None:
    node, _ = node_and_npm()
    sources = [
        (PORTAL / "src" / name).read_text(encoding="utf-8")
        for name in ("i18n/tax-id.ts", "cards/card-number.ts")
    ]
    done = subprocess.run(
        [str(node), "--input-type=module", "-e", MASKS],
        cwd=PORTAL, input=json.dumps({"sources": sources, "texts": TYPED}),
        capture_output=True, text=True, timeout=CHECK_S_MAX, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)

    assert [written for written, _ in found["taxIds"]] == [
        "5", "529", "529.982", "529.982.247-25", "529.982.247-26", "111.111.111-11", "52.998.224/7251",
        "12.ABC.345/01DE-35", "12.ABC.345/01DE-36", "11.222.333/0001-81", "11.222.333/0001-81",
        "11.222.333/0001-82", "42.424.242/4242-42", "42.424.242/4242-42",
    ]  # fmt: skip
    assert [fits for _, fits in found["taxIds"]] == [_is_tax_id(text) for text in TYPED]
    assert found["numbers"][-2:] == [True, False]
    assert found["past"] == [True, False, False]


def _is_tax_id(text: str) -> bool:
    try:
        normalize_tax_id(text)
    except InvalidValue:
        return False
    return True


def test_every_refusal_has_words_in_both_languages() -> None:
    for language in ("pt", "en"):
        known = [
            *words(PORTAL / "src" / "i18n" / f"refusals-{language}.ts"),
            *(key for path in (PORTAL / "src" / "admin").rglob(f"*-{language}.ts") for key in words(path)),
        ]

        assert [code for code in ErrorCode if f"refusal.{code}" not in known] == []
