"""The build hook: puts GraphiQL, fonts and the portal into the package; without npm it warns and goes on."""

import os
import shutil
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SKIP = "CICLO_SKIP_ASSETS"


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's own parameter
    """Runs before a wheel or an editable install is put together."""

    def dependencies(self) -> list[str]:
        """Return what building the pages' files needs: what makes fonts, and node where there is none."""
        if os.environ.get(SKIP) == "1":
            return []
        extras = self.metadata.core_raw_metadata["optional-dependencies"]
        return [*extras["build"], *([] if shutil.which("npm") else extras["node"])]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's shape
        """Build what is missing or out of date."""
        if os.environ.get(SKIP) == "1":
            return
        sys.path.insert(0, self.root)
        try:
            from portal.build import build_all  # noqa: PLC0415 - importable from here on
        finally:
            sys.path.remove(self.root)
        for failure in build_all(say=self.app.display_info):
            self.app.display_warning(f"{failure}; run `ciclo assets` later")
