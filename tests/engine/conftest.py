"""A project of its own for the real engine: the repository's program and settings, a file backend, providers that echo, and
the library as a plugin."""

import os
import pathlib
import shutil
import sys
from collections.abc import Callable

import pytest
from real_engine import Engine

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture
def engine(tmp_path: pathlib.Path) -> Callable[[str], Engine]:
    """Makes an engine with a stack of the repository's program; skips where there is no Pulumi CLI."""
    if shutil.which("pulumi") is None:
        pytest.skip("no pulumi on the PATH: what only the engine knows is not tested here")

    def make(stack: str) -> Engine:
        folder, plugins, state = tmp_path / "project", tmp_path / "plugins", tmp_path / "state"
        for made in (folder, plugins, state):
            made.mkdir()
        shutil.copytree(ROOT / "infra", folder / "infra", ignore=shutil.ignore_patterns("__pycache__", ".mypy_cache"))
        shutil.copy(ROOT / f"Pulumi.{stack}.yaml", folder)
        settings = (ROOT / "Pulumi.yaml").read_text(encoding="utf-8")
        (folder / "Pulumi.yaml").write_text(
            settings.replace("virtualenv: .venv", f"virtualenv: {sys.prefix}"), encoding="utf-8"
        )
        echo = ROOT / "tests/engine/echo_provider.py"
        for provider, program in {"aws": echo, "kubernetes": echo, "groundplan": ROOT / "components"}.items():
            plugin = plugins / f"pulumi-resource-{provider}"
            plugin.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{program}" "$@"\n')
            plugin.chmod(0o755)
        made_engine = Engine(
            folder,
            {
                **os.environ,
                "PATH": f"{plugins}{os.pathsep}{os.environ['PATH']}",
                "PULUMI_BACKEND_URL": state.as_uri(),
                "PULUMI_CONFIG_PASSPHRASE": "not a secret: a test's",
                "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
                "PULUMI_HOME": str(tmp_path / "home"),
                "PULUMI_SKIP_UPDATE_CHECK": "true",
            },
        )
        made_engine.run("stack", "init", stack)
        return made_engine

    return make
