"""What make does with the commands of other programs."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).parents[2]


def test_every_up_is_verified() -> None:
    told = subprocess.run(
        ["make", "-n", "up", "STACK=prod"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    commands = [line.split("/")[-1] for line in told.splitlines()]
    assert commands.index("pulumi up --stack prod") < commands.index("groundplan verify prod")
