"""The env file is read by shells, by simple parsers and by us, with one meaning."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciclo.localstack.environment import as_exports, as_lines, parse_env_file, read_settings
from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.folder import StackFolder

USUAL = {
    "CICLO_URL": "http://127.0.0.1:8000",
    "CICLO_WEBHOOK_SECRET": "whsec_Vepp/hOZhAV037PtF6ws4mcTMMKw+nDLuvLKdJ2Rvc=",
    "CICLO_MONGO_URL": "mongodb://127.0.0.1:27117/?replicaSet=rs0-6bbda6b0",
    "CICLO_REDIS_URL": "redis://:9e9179@127.0.0.1:6390/0",
}
AWKWARD = {
    "CICLO_MONGO_URL": "mongodb://a:p%40ss@h/?replicaSet=rs0&w=majority",
    "CICLO_SELLER_NAME": 'Ciclo\'s "Demo" $HOME `id` Ltda. #1',
    "CICLO_SELLER_ADDRESS": "Avenida Paulista, 1000, São Paulo",
}

values = st.dictionaries(
    st.from_regex(r"CICLO_[A-Z_]{1,10}", fullmatch=True),
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30),
    max_size=4,
)


def seen_by_shell(*, before: str, name: str, folder: Path) -> str:
    """Return the value that a POSIX shell has for *name* after it ran *before*."""
    return subprocess.run(
        ("/bin/sh", "-c", f'{before}\nprintf %s "${name}"'),
        cwd=folder,
        env={},
        capture_output=True,
        check=True,
        encoding="utf-8",
    ).stdout


def test_usual_values_stand_bare_so_that_a_split_at_the_first_equals_sign_reads_them() -> None:
    assert dict(line.split("=", 1) for line in as_lines(USUAL).splitlines()) == USUAL


@pytest.mark.parametrize("name", AWKWARD)
def test_a_shell_that_sources_the_file_sees_the_values(tmp_path: Path, name: str) -> None:
    (tmp_path / "env").write_text(as_lines(AWKWARD), encoding="utf-8")

    assert seen_by_shell(before=". ./env", name=name, folder=tmp_path) == AWKWARD[name]


@pytest.mark.parametrize("name", AWKWARD)
def test_a_shell_that_evaluates_the_exports_sees_the_values(tmp_path: Path, name: str) -> None:
    (tmp_path / "exports").write_text(as_exports(AWKWARD), encoding="utf-8")

    assert seen_by_shell(before='eval "$(cat exports)"', name=name, folder=tmp_path) == AWKWARD[name]


@given(values)
def test_lines_and_exports_read_back(written: dict[str, str]) -> None:
    assert parse_env_file(as_lines(written)) == written
    assert parse_env_file(as_exports(written)) == written


@pytest.mark.parametrize("text", ["no assignment", "1A=b", "a-b=c", "CICLO_URL='open"])
def test_what_is_no_assignment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a shell assignment|No closing quotation"):
        parse_env_file(text)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path)
    folder.env.write_text(as_lines({"CICLO_URL": "http://one", "CICLO_JWT_SECRET": "s"}), encoding="utf-8")

    assert read_settings(folder, {"CICLO_URL": "http://two", "CICLO_JWT_SECRET": "", "HOME": "/root"}) == {
        "CICLO_URL": "http://two",
        "CICLO_JWT_SECRET": "s",
    }


def test_without_a_file_only_the_environment_is_known(tmp_path: Path) -> None:
    assert read_settings(StackFolder(tmp_path), {"CICLO_URL": "http://two"}) == {"CICLO_URL": "http://two"}


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path)
    folder.env.write_text("oops\n", encoding="utf-8")

    with pytest.raises(LocalStackError, match="env is damaged"):
        read_settings(folder, {})
