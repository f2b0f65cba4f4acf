"""Generates the Python client of the API from its OpenAPI document: `make client`.

    python tools/generate_client.py build/groundplan-client

The generator is openapi-python-client (MIT), at the version of the lock; what it writes
needs httpx and attrs, and is not committed: 60 files that only it edits.
"""

import pathlib
import sys

from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType

DOCUMENT = pathlib.Path(__file__).parents[1] / "docs" / "openapi.json"
PACKAGE = "groundplan_client"


def generate_client(folder: pathlib.Path, document: pathlib.Path = DOCUMENT) -> list[str]:
    """Writes the client's project. Returns what the generator could not write."""
    file = ConfigFile(
        project_name_override="groundplan-client",
        package_name_override=PACKAGE,
        post_hooks=[],
    )
    config = Config.from_sources(file, MetaType.PDM, document, "utf-8", True, folder)
    return [str(error) for error in generate(config=config)]


if __name__ == "__main__":
    if errors := generate_client(pathlib.Path(sys.argv[1])):
        sys.exit("\n".join(errors))
