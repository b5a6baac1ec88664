"""The table of permissions: it knows every root field of the API, and docs/access.md shows it as it is."""

import re
from pathlib import Path
from typing import Final

from ciclo.permissions import OPEN_TO_ALL, PERMISSIONS, OperatorRole, Permission, permissions_of
from tests.graphql.documents import SCHEMA, root_fields

ACCESS: Final = Path(__file__).parents[2] / "docs" / "access.md"
ROW: Final = re.compile(r"^\| ([A-Z_]+) \| ([A-Za-z, ]+) \| (.+) \|$", re.MULTILINE)

FIELDS: Final = {
    name
    for root in (SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type)
    for name in root_fields(root)
}


def test_every_root_field_has_one_row_and_no_row_is_about_another() -> None:
    opened = [name for row in PERMISSIONS for name in row.opens if not name.startswith("/")]

    assert sorted([*opened, *OPEN_TO_ALL]) == sorted(FIELDS), "add the field to ciclo/permissions.py"


def test_every_permission_has_one_row() -> None:
    assert [row.permission for row in PERMISSIONS] == list(Permission)


def test_the_owner_may_everything_and_nobody_without_a_role_anything() -> None:
    assert permissions_of([OperatorRole.OWNER]) == set(Permission)
    assert permissions_of([]) == set()


def test_the_documentation_shows_the_table() -> None:
    shown = [
        (permission, others, re.findall(r"`([^`]+)`", opens))
        for permission, others, opens in ROW.findall(ACCESS.read_text(encoding="utf-8"))
    ]

    assert shown == [
        (
            row.permission.value,
            ", ".join(role for role in OperatorRole if role in row.roles and role != "OWNER") or "nobody",
            list(row.opens),
        )
        for row in PERMISSIONS
    ]
