"""The baseline of the benchmark: a Pulumi program under the SDK's own mocks, without
recording and output.

python bare.py PROJECT_DIR STACK
"""

import json
import os
import pathlib
import runpy
import sys
from typing import Any

import pulumi
from groundplan.manifest import project as projects
from pulumi.runtime import mocks


class PlainMocks(mocks.Mocks):
    """The mocks of the SDK's documentation: an ID from the name, and the inputs as
    state."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return f"{args.name}_id", args.inputs

    def call(self, args: mocks.MockCallArgs) -> Any:
        if "getAvailabilityZones" in args.token:
            return {
                "names": ["us-east-1a", "us-east-1b", "us-east-1c"],
                "zoneIds": [],
                "id": "us-east-1",
            }
        return {"accountId": "123456789012", "region": "us-east-1", "partition": "aws", **args.args}


def main(folder: str, stack: str) -> None:
    """Runs the stack's program to its end."""
    project = projects.load(pathlib.Path(folder))
    config = projects.configuration(project, stack, {})
    os.environ["PULUMI_CONFIG"] = json.dumps(dict(config.values))
    os.chdir(project.entry.parent)
    sys.path.insert(0, str(project.entry.parent))
    pulumi.runtime.set_mocks(PlainMocks(), project=project.name, stack=stack, preview=True)
    pulumi.runtime.set_all_config(dict(config.values))

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def program() -> None:
        runpy.run_path(str(project.entry), run_name="__main__")

    program()


if __name__ == "__main__":
    main(*sys.argv[1:])
