"""The Pulumi CLI, run as a person would."""

import json
import pathlib
import subprocess
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Engine:
    """The Pulumi CLI in a project folder."""

    folder: pathlib.Path
    environment: dict[str, str]

    def run(self, *arguments: str, fails: bool = False) -> str:
        """The standard output of a command; what it printed is in the failure if it ends otherwise than expected."""
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode != 0) == fails, f"pulumi {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done.stdout + (done.stderr if fails else "")

    def json(self, *arguments: str) -> Any:
        """The JSON that a command prints."""
        return json.loads(self.run(*arguments, "--json"))
