"""What is in the wheel besides the code."""

from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]


def test_what_clients_are_made_from_is_in_the_wheel() -> None:
    files = {one.distribution_path for one in WheelBuilder(str(ROOT)).recurse_included_files()}

    assert {"graphql_schema/schema.graphql", "ciclo/web/openapi.json"} <= files
    assert not any(name.startswith(("tests/", "portal/")) for name in files)
