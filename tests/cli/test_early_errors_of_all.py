"""Under --all, settings that one program refuses end the run before a provider is
imported for any stack."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]

PROVIDER = """
import os, pathlib
pathlib.Path(os.environ["IMPORTED"]).open("a").write(__name__ + "\\n")
"""

PROGRAM = """
import pathlib
import pulumi
{first}
if pulumi.Config().get("size") == "many":
    raise pulumi.RunError("size is many. Allowed: a number")
import pulumi_wood
pulumi.export("size", 1)
"""


def run(project: pathlib.Path, providers: pathlib.Path) -> "subprocess.CompletedProcess[str]":
    """Runs `preview --all` with stand-ins for the SDKs, which note their import."""
    path = os.pathsep.join([str(providers), str(ROOT / "components")])
    environment = {**os.environ, "PYTHONPATH": path, "IMPORTED": str(providers / "imported")}
    # Where nothing is compiled yet, an import writes the cache: no effect of its own.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "groundplan.cli", "preview", "--all", "-p", str(project)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def providers(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tmp_path / "providers"
    folder.mkdir()
    for name in ("pulumi_wood", "pulumi_aws", "pulumi_kubernetes"):
        (folder / f"{name}.py").write_text(PROVIDER)
    return folder


def project(folder: pathlib.Path, sizes: dict[str, str], first: str = "") -> pathlib.Path:
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    for stack, size in sizes.items():
        (folder / f"Pulumi.{stack}.yaml").write_text(f"config: {{size: {size}}}\n")
    (folder / "__main__.py").write_text(PROGRAM.format(first=first))
    return folder


def test_no_provider_is_imported_where_one_stack_refuses_its_settings(
    tmp_path: pathlib.Path, providers: pathlib.Path
) -> None:
    done = run(project(tmp_path / "shop", {"a": "1", "b": "many", "c": "1"}), providers)
    assert done.returncode == 1
    assert "size is many. Allowed: a number" in done.stderr
    assert "not run, as the settings of b are invalid" in done.stderr
    assert not (providers / "imported").exists()


def test_programs_that_refuse_nothing_run_and_have_their_effects_once(
    tmp_path: pathlib.Path, providers: pathlib.Path
) -> None:
    first = 'pathlib.Path(f"{pulumi.get_stack()}.log").open("a").write("x")'
    shop = project(tmp_path / "shop", {"a": "1", "b": "1"}, first)
    done = run(shop, providers)
    assert done.returncode == 0, done.stderr
    assert (providers / "imported").exists()
    assert [file.read_text() for file in sorted(shop.glob("*.log"))] == ["x", "x"]


def test_the_environments_settings_are_refused_before_a_provider_is_imported(
    tmp_path: pathlib.Path, providers: pathlib.Path
) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    shutil.copytree(ROOT / "infra", shop / "infra", ignore=shutil.ignore_patterns("__pycache__"))
    for file in ROOT.glob("Pulumi*.yaml"):
        shutil.copy(file, shop)
    settings = shop / "Pulumi.prod.yaml"
    settings.write_text(settings.read_text().replace("natGateways:", "natGatways:"))
    done = run(shop, providers)
    assert done.returncode == 1
    assert "natGatways" in done.stderr
    assert "did you mean natGateways" in done.stderr
    assert not (providers / "imported").exists()
