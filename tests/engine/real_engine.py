"""The Pulumi CLI, run as a person would, in a project of its own: the repository's
program and settings, a file backend, providers that echo, and the library as a
plugin."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

ROOT = pathlib.Path(__file__).parents[2]


@dataclass(frozen=True)
class Engine:
    """The Pulumi CLI in a project folder."""

    folder: pathlib.Path
    environment: dict[str, str]

    def run(self, *arguments: str, fails: bool = False) -> str:
        """The standard output of a command; what it printed is in the failure if it
        ends otherwise than expected."""
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode != 0) == fails, (
            f"pulumi {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        )
        return done.stdout + (done.stderr if fails else "")

    def json(self, *arguments: str) -> Any:
        """The JSON that a command prints."""
        return json.loads(self.run(*arguments, "--json"))


def installed() -> bool:
    """Whether there is a Pulumi CLI on the PATH."""
    return shutil.which("pulumi") is not None


def make(folder: pathlib.Path, stack: str) -> Engine:
    """An engine in `folder`, which is empty, with a stack of the repository's program
    that has not been deployed."""
    project, plugins, state = folder / "project", folder / "plugins", folder / "state"
    for made in (project, plugins, state):
        made.mkdir()
    shutil.copytree(
        ROOT / "infra",
        project / "infra",
        ignore=shutil.ignore_patterns("__pycache__", ".mypy_cache"),
    )
    shutil.copy(ROOT / f"Pulumi.{stack}.yaml", project)
    settings = (ROOT / "Pulumi.yaml").read_text(encoding="utf-8")
    (project / "Pulumi.yaml").write_text(
        settings.replace("virtualenv: .venv", f"virtualenv: {sys.prefix}"), encoding="utf-8"
    )
    echo = ROOT / "tests/engine/echo_provider.py"
    for provider, program in {
        "aws": echo,
        "kubernetes": echo,
        "groundplan": ROOT / "components",
    }.items():
        plugin = plugins / f"pulumi-resource-{provider}"
        plugin.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{program}" "$@"\n')
        plugin.chmod(0o755)
    engine = Engine(
        project,
        {
            **os.environ,
            "PATH": f"{plugins}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_BACKEND_URL": state.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "not a secret: a test's",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        },
    )
    engine.run("stack", "init", stack)
    return engine
