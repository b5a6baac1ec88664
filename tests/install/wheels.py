"""A wheel house and lock files of packages that nobody else has: installing from them needs no network."""

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path


def write_wheel(house: Path, name: str, version: str, *, metadata: Iterable[str] = ()) -> Path:
    """Write a package with one empty module, and return its file; *metadata* are further lines of its own."""
    module = name.replace("-", "_")
    about = f"{module}-{version}.dist-info"
    files = {
        f"{module}.py": "",
        f"{about}/METADATA": "\n".join(
            ("Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *metadata)
        ),
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{about}/RECORD"] = "".join(f"{path},,\n" for path in (*files, f"{about}/RECORD"))
    house.mkdir(parents=True, exist_ok=True)
    wheel = house / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as opened:
        for path, text in files.items():
            opened.writestr(path, text)
    return wheel


def locked(*pins: tuple[str, Path]) -> str:
    """Return a lock file that names each requirement with the hash of its wheel."""
    return "".join(
        f"{pin} \\\n    --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"
        for pin, wheel in pins
    )
