"""The bill of materials: what an image and its pages are made of, as CycloneDX, from the locks alone."""

import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from supply_chain.licences import licence_of
from supply_chain.locked import IMAGE, OTEL, Package, read_npm_lock, read_python_lock

_ALGORITHMS: Final = {"pypi": HashAlgorithm.SHA_256, "npm": HashAlgorithm.SHA_512}
_INDENT: Final = 2


class InvalidBom(Exception):
    """What was written is not what CycloneDX's schema asks for."""


def shipped_packages() -> list[Package]:
    """Return what the image has, with traces' packages, and what its pages are built of."""
    image = read_python_lock(IMAGE)
    return [*image, *read_python_lock(OTEL), *(page for page in read_npm_lock() if not page.is_tool)]


def write_sbom(path: Path, *, version: str, packages: Sequence[Package] | None = None) -> int:
    """Write the bill of materials of Ciclo *version* to *path*; return how many components it has.

    The same locks give the same serial number. Each package bears the hashes of all files that the lock
    lets an installer take, since which one it is depends on the machine.

    Raises:
        InvalidBom: the schema refuses what was made.
    """
    shipped = shipped_packages() if packages is None else packages
    text = _bom(shipped, version=version)
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if problem is not None:
        raise InvalidBom(str(problem))
    path.write_text(text, encoding="utf-8")
    return len(shipped)


def _bom(packages: Sequence[Package], *, version: str) -> str:
    root = Component(
        name="ciclo-billing",
        version=version,
        type=ComponentType.APPLICATION,
        bom_ref=f"pkg:pypi/ciclo-billing@{version}",
        licenses=[LicenseExpression("Apache-2.0")],
    )
    components = [_component(package) for package in packages]
    bom = Bom(components=components, serial_number=_serial(packages, version=version))
    bom.metadata.component = root
    # Flat: the locks say what there is, not who wanted it.
    bom.register_dependency(root, components)
    return JsonV1Dot6(bom).output_as_string(indent=_INDENT)


def _component(package: Package) -> Component:
    namespace, _, name = package.name.rpartition("/")
    url = PackageURL(package.registry, namespace=namespace or None, name=name, version=package.version)
    algorithm = _ALGORITHMS[package.registry]
    licence = licence_of(package)
    files = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(url.to_string()),
        comment="the files that the lock allows",
        hashes=[HashType(alg=algorithm, content=digest) for digest in package.hashes],
    )
    return Component(
        name=name,
        group=namespace or None,
        version=package.version,
        type=ComponentType.LIBRARY,
        bom_ref=url.to_string(),
        purl=url,
        licenses=[LicenseExpression(licence)] if licence else [],
        external_references=[files],
    )


def _serial(packages: Iterable[Package], *, version: str) -> uuid.UUID:
    digests = ",".join(sorted(digest for package in packages for digest in package.hashes))
    return uuid.uuid5(uuid.NAMESPACE_OID, f"ciclo-billing {version} {digests}")
