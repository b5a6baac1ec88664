"""The bill of materials."""

import json
from pathlib import Path

from ciclo import __version__
from supply_chain.__main__ import main
from supply_chain.sbom import shipped_packages, write_sbom


def test_it_names_every_shipped_package_with_its_licence_and_the_hashes_of_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "bom.json"

    assert main(["sbom", str(path)]) == 0

    bom = json.loads(path.read_text(encoding="utf-8"))
    found = {
        one["purl"]: sorted(
            digest["content"] for file in one["externalReferences"] for digest in file["hashes"]
        )
        for one in bom["components"]
    }
    packages = shipped_packages()
    assert sorted(found.values()) == sorted(sorted(set(package.hashes)) for package in packages)
    assert all(one["licenses"] for one in bom["components"])
    assert {package.registry for package in packages} == {"pypi", "npm"}
    assert any(url.startswith("pkg:pypi/starlette@") for url in found)
    assert any(url.startswith("pkg:npm/preact@") for url in found)
    assert bom["metadata"]["component"]["version"] == __version__
    [root] = [one for one in bom["dependencies"] if one.get("dependsOn")]
    assert set(root["dependsOn"]) == set(found)


def test_the_same_locks_give_the_same_serial_number(tmp_path: Path) -> None:
    serials = set()
    for version in ("1.0", "1.0", "1.1"):
        write_sbom(tmp_path / "bom.json", version=version)
        serials.add(json.loads((tmp_path / "bom.json").read_text(encoding="utf-8"))["serialNumber"])

    assert len(serials) == 2


def test_it_names_no_address_of_a_registry(tmp_path: Path) -> None:
    write_sbom(tmp_path / "bom.json", version="1.0")

    bom = json.loads((tmp_path / "bom.json").read_text(encoding="utf-8"))
    assert "://" not in json.dumps(bom["components"])
