"""With --json and nothing that needs a reader, only the program runs."""

import json
import pathlib
import subprocess
import sys

import pytest
from click.testing import CliRunner
from groundplan.cli import main

MODULES = """\
import sys; from groundplan.cli import main
try: main(sys.argv[1:])
except SystemExit: pass
"""


@pytest.fixture
def project(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("import pulumi\npulumi.export('a', 1)\n")
    return tmp_path


def test_no_reader_is_imported(project: pathlib.Path) -> None:
    code = f"{MODULES}print(sorted(n for n in sys.modules if n.startswith('groundplan.')))"
    done = subprocess.run(
        [sys.executable, "-c", code, "preview", "-p", str(project), "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    manifest, modules = done.stdout.rsplit("\n[", 1)
    assert json.loads(manifest)["outputs"] == {"a": 1}
    for reader in ("risk", "policy", "proof", "diff"):
        assert f"groundplan.{reader}" not in modules


def test_errors_are_those_of_a_report(project: pathlib.Path) -> None:
    (project / "__main__.py").write_text(
        "import pulumi\npulumi.export('a', 1)\nraise KeyError(1)\n"
    )
    result = CliRunner().invoke(main, ["preview", "-p", str(project), "--json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["project"] == "shop"
    message = json.loads(result.stderr)["error"]["message"]
    assert message.startswith("shop/dev could not be previewed.\nKeyError: 1\n  at __main__.py:3")
