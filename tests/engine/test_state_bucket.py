"""The Pulumi CLI works with what `groundplan bootstrap` creates."""

import json
from collections.abc import Callable, Iterator

import boto3  # type: ignore[import-untyped]
import pytest
from click.testing import CliRunner
from groundplan.cli import main
from moto.server import ThreadedMotoServer
from real_engine import Engine

BUCKET = "pulumi-state-123456789012-eu-west-1"
KEY = "awskms://alias/pulumi-state?region=eu-west-1"
PROGRAM = """
import pulumi

pulumi.export("token", pulumi.Output.secret("a token that nobody reads"))
"""


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Variables that name an empty account: a server of moto."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    variables = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    yield variables
    server.stop()


def test_stacks_and_secrets_move_to_the_bucket_and_back(
    engine: Callable[[str], Engine], account: dict[str, str]
) -> None:
    it = engine("local")
    it.environment.update(account)
    (it.folder / "infra/__main__.py").write_text(PROGRAM)
    it.run("up", "--yes", "--skip-preview")
    files = it.environment["PULUMI_BACKEND_URL"]

    created = CliRunner().invoke(main, ["bootstrap", "--region", "eu-west-1", "--yes"])
    assert created.exit_code == 0, created.output
    # The bucket refuses what does not come by TLS, which moto's server has not.
    boto3.client("s3").delete_bucket_policy(Bucket=BUCKET)

    moved = it.folder / "state.json"
    it.run("stack", "export", "--show-secrets", "--file", str(moved))
    (it.folder / "Pulumi.local.yaml").unlink()
    it.environment["PULUMI_BACKEND_URL"] = (
        f"s3://{BUCKET}?region=eu-west-1&awssdk=v2&s3ForcePathStyle=true"
    )
    it.run("stack", "init", "local", "--secrets-provider", KEY)
    it.run("stack", "import", "--file", str(moved))
    assert it.json("stack", "output", "--show-secrets") == {"token": "a token that nobody reads"}
    assert it.json("preview")["changeSummary"].keys() == {"same"}
    assert "a token that nobody reads" not in it.run("stack", "export")

    it.run("stack", "export", "--show-secrets", "--file", str(moved))
    (it.folder / "Pulumi.local.yaml").unlink()
    it.environment["PULUMI_BACKEND_URL"] = files
    it.run("stack", "rm", "local", "--yes", "--force")
    it.run("stack", "init", "local")
    it.run("stack", "import", "--file", str(moved))
    state = json.loads(it.run("stack", "export"))
    assert "a token that nobody reads" not in json.dumps(state)
    assert it.json("stack", "output", "--show-secrets") == {"token": "a token that nobody reads"}
