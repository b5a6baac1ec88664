"""The OpenAPI document names the routes that there are, and every client's route is in it."""

import json
import re
from typing import Any, Final

from starlette.routing import Route
from typer.testing import CliRunner

from ciclo.cli.app import app
from ciclo.exports.kinds import Format, Kind
from ciclo.web.app import create_app
from ciclo.web.openapi import FILE, openapi_text
from tests.stack import settings_for

OURS: Final = re.compile(
    r"/sandbox/.*|/api/session(/.*)?|/api/(invoice|checkout)-link(/.*)?|/[ci]/\{token\}|/\{path:portal_page\}"
)
"""Routes of Ciclo's own pages: no client's."""

DOCUMENT: Final[dict[str, Any]] = json.loads(openapi_text())


def routes() -> set[tuple[str, str]]:
    settings = settings_for("mongodb://127.0.0.1", "redis://127.0.0.1", database="none", prefix="none")
    found = set()
    for route in create_app(settings).routes:
        if isinstance(route, Route) and not OURS.fullmatch(route.path):
            methods = (route.methods or {"POST"}) - {"HEAD"}
            found |= {(re.sub(r":\w+\}", "}", route.path), method.lower()) for method in methods}
    return found


def test_it_names_the_routes_that_there_are() -> None:
    described = {(path, method) for path, item in DOCUMENT["paths"].items() for method in item}

    assert described == routes()


def test_places_in_a_path_are_its_parameters() -> None:
    for path, item in DOCUMENT["paths"].items():
        for operation in item.values():
            given = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
            assert given == set(re.findall(r"\{(\w+)\}", path))


def test_exports_are_those_of_the_code() -> None:
    kind, form, *_ = DOCUMENT["paths"]["/exports/{kind}.{form}"]["get"]["parameters"]

    assert (kind["schema"]["enum"], form["schema"]["enum"]) == ([*Kind], [*Format])


def test_every_reference_leads_somewhere() -> None:
    schemas = DOCUMENT["components"]["schemas"]

    assert set(re.findall(r'"#/components/schemas/(\w+)"', openapi_text())) == set(schemas)


def test_the_command_prints_it() -> None:
    done = CliRunner().invoke(app, ["schema", "--openapi"])

    assert (done.exit_code, done.output) == (0, openapi_text())
    assert FILE.parts[-3:] == ("ciclo", "web", "openapi.json")
