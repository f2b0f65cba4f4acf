"""`groundplan destroy-check` says what a destroy refuses, loses and leaves."""

import json
import pathlib
from typing import Any

import environments
import pytest
from click.testing import CliRunner, Result
from groundplan.cli import main
from groundplan.manifest import json_text

pytestmark = pytest.mark.usefixtures("forked")

PROGRAM = """
import pulumi
import pulumi_aws as aws

kept = pulumi.ResourceOptions(retain_on_delete=True)
key = aws.kms.Key("key")
bucket = aws.s3.Bucket("kept", opts=kept)
aws.s3.BucketServerSideEncryptionConfiguration(
    "kept-encryption",
    bucket=bucket.id,
    rules=[{
        "apply_server_side_encryption_by_default": {
            "sse_algorithm": "aws:kms", "kms_master_key_id": key.arn
        }
    }],
)
aws.s3.Bucket("scratch", force_destroy=True)
aws.sns.Topic("topic")
"""


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["destroy-check", *words])


def checked(*words: str) -> tuple[int, Any]:
    result = run(*words, "--json")
    return result.exit_code, json.loads(result.stdout)


def names(resources: Any) -> set[str]:
    return {each["name"] for each in resources}


def of(risks: Any) -> set[str]:
    return {risk["urn"].rsplit("::", 1)[-1] for risk in risks}


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("manifests")
    for stack, manifest in environments.manifests().items():
        (folder / f"{stack}.json").write_text(json_text.dumps(manifest.to_data()))
    return folder


@pytest.fixture
def project(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return tmp_path


def test_a_protected_environment_refuses_and_says_how_to_see_more(stacks: pathlib.Path) -> None:
    code, found = checked("prod", "--manifest", str(stacks / "prod.json"))
    assert code == 3
    protected = {"artifacts-bucket", "training-cluster", "monitoring-namespace", "models-churn"}
    assert protected <= names(found["refused"])
    # What is protected isn't lost, whatever is done.
    assert not of(found["lost"]) & names(found["refused"])
    text = run("prod", "--manifest", str(stacks / "prod.json")).output
    assert "groundplan/prod: a destroy is refused." in text
    assert "groundplan destroy-check prod -c deletionProtection=false" in text


def test_an_unprotected_environment_loses_its_data(stacks: pathlib.Path) -> None:
    code, found = checked("dev", "--manifest", str(stacks / "dev.json"))
    assert code == 3
    assert found["refused"] == []
    assert {"artifacts-bucket", "artifacts-key-key", "churn-logs"} <= of(found["lost"])
    assert "churn-endpoint" in of(found["stopped"])
    assert names(found["clusters"]) == {"training-cluster"}
    text = run("dev", "--manifest", str(stacks / "dev.json")).output
    assert "high   The bucket artifacts-bucket is deleted, with all objects in it." in text
    assert "Afterwards: `groundplan leftovers`" in text


def test_retained_data_whose_key_is_deleted_cannot_be_read(project: pathlib.Path) -> None:
    code, found = checked("dev", "--project", str(project))
    assert code == 3
    assert names(found["left"]) == {"kept"}
    assert [(each["name"], each["key"].rsplit("::")[-1]) for each in found["unreadable"]] == [
        ("kept", "key")
    ]
    assert of(found["lost"]) == {"key", "scratch"}
    assert (
        "bucket kept can't be read: its key key is deleted"
        in run("dev", "--project", str(project)).output
    )


def test_a_stack_without_data_passes(project: pathlib.Path) -> None:
    (project / "__main__.py").write_text("import pulumi_aws as aws\n\naws.iam.User('me')\n")
    result = run("dev", "--project", str(project))
    assert result.exit_code == 0, result.output
    assert "a destroy loses no data and leaves nothing." in result.output


def test_a_state_is_read_as_it_is_deployed(tmp_path: pathlib.Path) -> None:
    urn = "urn:pulumi:prod::shop::aws:s3/bucket:Bucket::data"
    entry = {
        "urn": urn,
        "type": "aws:s3/bucket:Bucket",
        "custom": True,
        "id": "data-1",
        "inputs": {"forceDestroy": True},
        "protect": True,
    }
    file = tmp_path / "state.json"
    file.write_text(json.dumps({"version": 3, "deployment": {"resources": [entry]}}))
    code, found = checked("prod", "--state", str(file))
    assert (code, names(found["refused"]), found["lost"]) == (3, {"data"}, [])


def test_a_program_that_fails_is_an_error(project: pathlib.Path) -> None:
    (project / "__main__.py").write_text("raise ValueError('no such pool')\n")
    result = run("dev", "--project", str(project))
    assert result.exit_code == 1
    assert "no such pool" in result.stderr
    assert "Traceback" not in result.output


KEPT = """
import pulumi
import pulumi_aws as aws

kept = pulumi.ResourceOptions(retain_on_delete=True)
"""


@pytest.mark.parametrize(
    "key",
    [
        'key = aws.kms.ReplicaKey("key", primary_key_arn="arn:aws:kms:us-east-1:1:key/a")',
        'key = aws.kms.ExternalKey("key")',
        'key = aws.kms.Alias("alias", target_key_id=aws.kms.Key("key").key_id)',
    ],
)
def test_every_kind_of_key_is_followed_to_the_data(project: pathlib.Path, key: str) -> None:
    group = 'aws.cloudwatch.LogGroup("lines", kms_key_id=key.arn, opts=kept)'
    (project / "__main__.py").write_text(f"{KEPT}{key}\n{group}\n")
    _, found = checked("dev", "--project", str(project))
    unreadable = [(each["name"], each["key"].rsplit("::")[-1]) for each in found["unreadable"]]
    assert unreadable == [("lines", "key")]


def test_what_the_provider_retains_is_left_too(project: pathlib.Path) -> None:
    program = 'aws.cloudwatch.LogGroup("lines", skip_destroy=True)\n'
    (project / "__main__.py").write_text(KEPT + program)
    code, found = checked("dev", "--project", str(project))
    assert (code, names(found["left"]), found["lost"]) == (3, {"lines"}, [])


def test_what_aws_refuses_in_the_middle_is_said_before(project: pathlib.Path) -> None:
    program = """
aws.s3.Bucket("full")
aws.s3.Bucket("empty", force_destroy=True)
aws.lb.LoadBalancer("front", enable_deletion_protection=True)
aws.rds.Instance("db", instance_class="db.t4g.small", deletion_protection=True)
"""
    (project / "__main__.py").write_text(KEPT + program)
    _, found = checked("dev", "--project", str(project))
    assert names(found["stuck"]) == {"full", "front", "db"}
    assert "AWS refuses: 3" in run("dev", "--project", str(project)).output


def test_a_last_snapshot_and_backups_stay_at_their_price(project: pathlib.Path) -> None:
    program = """
size = {"instance_class": "db.t4g.small"}
aws.rds.Instance("last", final_snapshot_identifier="last", **size)
aws.rds.Instance("backups", skip_final_snapshot=True, delete_automated_backups=False, **size)
aws.rds.Instance("nothing", skip_final_snapshot=True, **size)
"""
    (project / "__main__.py").write_text(KEPT + program)
    _, found = checked("dev", "--project", str(project))
    assert names(found["snapshots"]) == {"last", "backups"}
    assert "Snapshots and backups stay" in run("dev", "--project", str(project)).output
