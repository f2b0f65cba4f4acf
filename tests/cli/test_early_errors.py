"""Errors in settings, stack names and --base come before anything heavy is imported."""

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]

COMMAND = """
import sys
from groundplan.cli import main
try:
    main(sys.argv[1:])
except SystemExit as error:
    heavy = {"pulumi", "pulumi_aws", "pulumi_kubernetes"} & set(sys.modules)
    print("code", error.code, "heavy", sorted(heavy))
"""

PROGRAM = """
import pathlib, runpy, sys
import pulumi
pulumi.runtime.set_all_config({"groundplan:network": '{"zoneCount": "many"}'})
sys.path.insert(0, sys.argv[1])
try:
    runpy.run_path(sys.argv[1] + "/__main__.py", run_name="__main__")
except pulumi.RunError as error:
    print("refused", {"registration", "pulumi_aws", "pulumi_kubernetes"} & set(sys.modules))
"""


@pytest.mark.parametrize(
    ("settings", "arguments", "code"),
    [
        ("config: {a: 2026-01-01}", [], 1),
        ("config: {shp:a: 1}", [], 1),
        ("", ["--stack", "devv"], 1),
        ("", ["--fail-on", "cost"], 2),
    ],
)
def test_an_error_comes_before_pulumi_is_imported(
    tmp_path: pathlib.Path, settings: str, arguments: list[str], code: int
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(settings)
    (tmp_path / "__main__.py").write_text("raise AssertionError('the program ran')\n")
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "preview", "-p", str(tmp_path), *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"code {code} heavy []\n"


def test_the_environments_settings_are_refused_before_a_provider_is_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(ROOT / "infra")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "refused set()\n", done.stdout


@pytest.mark.parametrize("base", ["no-such-revision", "broken.json"])
def test_a_base_that_cannot_be_read_is_an_error_before_the_program_runs(
    base: str, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text("import pathlib\npathlib.Path('ran').touch()\n")
    (tmp_path / "broken.json").write_text("{")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    arguments = ["preview", "-p", str(tmp_path), "-s", "dev", "--base", base]
    done = subprocess.run(
        [sys.executable, "-m", "groundplan.cli", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, base in done.stderr) == (1, True), done.stderr
    assert not (tmp_path / "ran").exists()
