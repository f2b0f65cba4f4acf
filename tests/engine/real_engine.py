"""Runs the Pulumi CLI as a user does, in a separate project: the repository's program
and settings, a file backend, echo providers, and the library as a plugin."""

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
        """Runs a command and returns its standard output; with `fails`, the command
        must fail, and standard error is returned too."""
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
        """Runs a command with --json and returns its output."""
        return json.loads(self.run(*arguments, "--json"))


def installed() -> bool:
    """Whether there is a Pulumi CLI on the PATH."""
    return shutil.which("pulumi") is not None


def settings_file(stack: str) -> pathlib.Path:
    """Returns the settings of a stack of the repository, or of the tests."""
    file = ROOT / f"Pulumi.{stack}.yaml"
    return file if file.exists() else ROOT / f"tests/golden/Pulumi.{stack}.yaml"


def create(folder: pathlib.Path, stack: str) -> Engine:
    """Creates an engine in the empty `folder`, with a stack of the repository's program
    that is not deployed."""
    project, plugins, state = folder / "project", folder / "plugins", folder / "state"
    for subfolder in (project, plugins, state):
        subfolder.mkdir()
    shutil.copytree(
        ROOT / "infra",
        project / "infra",
        ignore=shutil.ignore_patterns("__pycache__", ".mypy_cache"),
    )
    for scripts in ("examples", "rehearsal"):  # which settings name
        shutil.copytree(ROOT / scripts, project / scripts)
    shutil.copy(settings_file(stack), project)
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
