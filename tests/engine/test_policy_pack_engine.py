"""The policy pack on the real engine: it lets the repository's environments pass, and
stops what is grave."""

import pathlib
import shutil
import sys
from collections.abc import Callable

import pytest
from real_engine import Engine

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture
def pack(tmp_path: pathlib.Path) -> str:
    pytest.importorskip("pulumi_policy", reason="pulumi-policy is not installed")
    folder = tmp_path / "policy"
    shutil.copytree(ROOT / "policy", folder, ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / "PulumiPolicy.yaml"
    file.write_text(file.read_text().replace("../.venv", sys.prefix))
    return str(folder)


def test_the_repositorys_environment_passes_with_advice(
    engine: Callable[[str], Engine], pack: str
) -> None:
    said = engine("dev").run("preview", "--policy-pack", pack)
    assert "[mandatory]" not in said
    assert (
        "[advisory] [severity: medium]  data-protected  (aws:s3:Bucket: artifacts-bucket)" in said
    )


OPEN = """
import pulumi_aws as aws
aws.ec2.SecurityGroup("open", ingress=[{"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"]}])
bucket = aws.s3.Bucket("bare")
aws.s3.BucketVersioning("kept", bucket=bucket.id, versioning_configuration={"status": "Enabled"})
"""


def test_what_is_grave_stops_the_deployment(engine: Callable[[str], Engine], pack: str) -> None:
    dev = engine("dev")
    program = dev.folder / "infra/__main__.py"
    program.write_text(program.read_text() + OPEN)
    said = dev.run("preview", "--policy-pack", pack, fails=True)
    assert (
        "[mandatory] [severity: high]  security-group-not-open  (aws:ec2:SecurityGroup: open)"
        in said
    )
    assert (
        "[mandatory] [severity: high]  bucket-public-access-blocked  (aws:s3:Bucket: bare)" in said
    )
    assert "bucket-versioned" not in said
