"""The policy pack on the real engine: the repository's environments pass, and a
mandatory policy stops a deployment."""

import pathlib
import shutil
from collections.abc import Callable

import pytest
from real_engine import Engine

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture
def pack(tmp_path: pathlib.Path) -> str:
    environment = ROOT / "policy/.venv"
    assert (environment / ".ready").exists(), "policy/.venv is missing. Fix: run `make pack`"
    folder = tmp_path / "policy"
    shutil.copytree(ROOT / "policy", folder, ignore=shutil.ignore_patterns("__pycache__", ".venv"))
    file = folder / "PulumiPolicy.yaml"
    file.write_text(file.read_text().replace("virtualenv: .venv", f"virtualenv: {environment}"))
    return str(folder)


def test_the_repositorys_environment_passes_with_advice(
    engine: Callable[[str], Engine], pack: str
) -> None:
    output = engine("dev").run("preview", "--policy-pack", pack)
    assert "[mandatory]" not in output
    assert (
        "[advisory] [severity: medium]  data-protected  (aws:s3:Bucket: artifacts-bucket)" in output
    )


OPEN = """
import pulumi_aws as aws
ssh = {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"]}
aws.ec2.SecurityGroup("open", ingress=[ssh])
bucket = aws.s3.Bucket("bare")
enabled = {"status": "Enabled"}
aws.s3.BucketVersioning("versioned", bucket=bucket.id, versioning_configuration=enabled)
"""


def test_a_mandatory_policy_stops_the_deployment(
    engine: Callable[[str], Engine], pack: str
) -> None:
    dev = engine("dev")
    program = dev.folder / "infra/__main__.py"
    program.write_text(program.read_text() + OPEN)
    output = dev.run("preview", "--policy-pack", pack, fails=True)
    assert (
        "[mandatory] [severity: high]  security-group-not-open  (aws:ec2:SecurityGroup: open)"
        in output
    )
    assert (
        "[mandatory] [severity: high]  bucket-public-access-blocked  (aws:s3:Bucket: bare)"
        in output
    )
    assert "bucket-versioned" not in output
