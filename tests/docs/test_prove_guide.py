"""The example output of the guide is what the command prints."""

import json
import pathlib
import re

from click.testing import CliRunner
from groundplan.cli import main
from isolation_plans import faulty

GUIDE = pathlib.Path(__file__).parents[2] / "docs" / "guides" / "prove.md"


def test_the_example_is_what_the_command_prints(tmp_path: pathlib.Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(faulty()), encoding="utf-8")
    printed = CliRunner().invoke(main, ["prove", "--manifest", str(plan)]).stdout
    (example,) = re.findall(r"```text\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    for paragraph in example.strip().split("\n\n"):
        assert f"{paragraph}\n" in printed
