"""`groundplan verify`: an environment that is well, and each thing that can be wrong
with one."""

import json
import pathlib
from typing import Any

import pytest
from groundplan.command_line import stack_exports
from groundplan.command_line.errors import CommandError

KEY = "arn:aws:kms:eu-west-1:123456789012:key/artifacts"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms"


@pytest.fixture
def well(cloud: Any) -> Any:
    s3 = cloud.client("s3")
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
    }
    s3.put_bucket_encryption(
        Bucket="artifacts", ServerSideEncryptionConfiguration={"Rules": [rule]}
    )
    block = dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
    )
    s3.put_public_access_block(Bucket="artifacts", PublicAccessBlockConfiguration=block)
    eks = cloud.client("eks")
    role = "arn:aws:iam::123456789012:role/eks"
    eks.create_cluster(
        name="training", roleArn=role, resourcesVpcConfig={"subnetIds": ["subnet-1"]}
    )
    eks.create_nodegroup(
        clusterName="training", nodegroupName="system", nodeRole=role, subnets=["subnet-1"]
    )
    return cloud


def alarm(cloud: Any, name: str, state: str, *actions: str) -> None:
    client = cloud.client("cloudwatch")
    client.put_metric_alarm(
        AlarmName=name,
        Namespace="x",
        MetricName="x",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Period=60,
        Statistic="Average",
        Threshold=1,
        AlarmActions=actions,
    )
    client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="over 1")


def checks(result: Any) -> dict[str, tuple[bool, str]]:
    return {
        f"{check['subject']}: {check['what']}": (check["ok"], check["detail"])
        for check in json.loads(result.stdout)
    }


def failed(result: Any) -> dict[str, str]:
    assert result.exit_code == 1, result.output
    return {key: detail for key, (ok, detail) in checks(result).items() if not ok}


def test_healthy_environment_passes_every_check(
    well: Any, run: Any, tmp_path: pathlib.Path
) -> None:
    payload = tmp_path / "x.json"
    payload.write_text("{}")
    alarm(well, "fine", "OK", TOPIC)
    alarm(well, "of-others", "ALARM", "arn:aws:sns:eu-west-1:123456789012:other")

    result = run("verify", "--json", "--payload", f"churn={payload}", clusterName="training")

    assert result.exit_code == 0
    assert list(checks(result)) == [
        "endpoint churn: in service",
        "endpoint churn: runs what was released",
        "endpoint churn: has its instances",
        "endpoint churn: answers",
        "bucket artifacts: reachable",
        "bucket artifacts: encrypted with its key",
        "bucket artifacts: closed to the public",
        "cluster training: active",
        "cluster training: healthy",
        "cluster training: node group system",
        "alarms: quiet",
    ]


def test_the_table_says_what_failed(well: Any, run: Any) -> None:
    well.endpoint("ml-prod-churn").endpoint_status = "Failed"
    result = run("verify")
    assert result.exit_code == 1
    assert "FAILED" in result.stdout
    assert "7 checks, 1 failed." in result.stdout
    well.endpoint("ml-prod-churn").endpoint_status = "InService"
    assert "7 checks, all well." in run("verify").stdout


def test_an_endpoint_that_is_not_in_service_or_is_gone(well: Any, run: Any) -> None:
    endpoint = well.endpoint("ml-prod-churn")
    endpoint.endpoint_status, endpoint.failure_reason = "Failed", "no capacity"
    assert failed(run("verify", "--json")) == {"endpoint churn: in service": "Failed no capacity"}
    failures = failed(run("verify", "--json", endpoints={"churn": "gone"}))
    assert "There is no endpoint gone" in failures["endpoint churn: there"]


def test_an_endpoint_that_lacks_instances(well: Any, run: Any) -> None:
    well.endpoint("ml-prod-churn").production_variants[0]["CurrentInstanceCount"] = 1
    assert failed(run("verify", "--json")) == {
        "endpoint churn: has its instances": "primary 1 of 2"
    }


def test_an_endpoint_that_runs_something_else_than_declared(well: Any, run: Any) -> None:
    declared = {"releaseTargets": {}, "endpointConfigs": {"churn": "other"}}
    failures = failed(run("verify", "--json", "--region", "eu-west-1", **declared))
    assert failures["endpoint churn: runs what is declared"].startswith(
        "runs ml-prod-churn-config, declared is other"
    )
    same = {"releaseTargets": {}, "endpointConfigs": {"churn": "ml-prod-churn-config"}}
    assert checks(run("verify", "--json", "--region", "eu-west-1", **same))[
        "endpoint churn: runs what is declared"
    ][0]


def test_an_endpoint_that_runs_something_else_than_was_released(well: Any, run: Any) -> None:
    run("release", "deploy", "churn", "2")
    assert run("verify").exit_code == 0
    well.endpoint("ml-prod-churn").endpoint_config_name = "ml-prod-churn-config"
    assert (
        "runs ml-prod-churn-config"
        in failed(run("verify", "--json"))["endpoint churn: runs what was released"]
    )


def test_release_in_progress(well: Any, run: Any) -> None:
    run("release", "deploy", "churn", "2", "--no-wait")
    failures = failed(run("verify", "--json"))
    assert failures["endpoint churn: in service"] == "Updating"
    assert "is not over" in failures["endpoint churn: runs what was released"]


def test_a_model_that_does_not_answer(well: Any, run: Any, tmp_path: pathlib.Path) -> None:
    payload = tmp_path / "x.json"
    payload.write_text("{}")
    well.broken_models.add("ml-prod-churn-config")
    failures = failed(run("verify", "--json", "--payload", f"churn={payload}"))
    assert failures["endpoint churn: answers"].startswith("InvokeEndpoint: ModelError")


def test_a_bucket_that_is_open_encrypted_with_another_key_or_gone(well: Any, run: Any) -> None:
    assert failed(run("verify", "--json", artifactKeyArn="other")) == {
        "bucket artifacts: encrypted with its key": KEY
    }
    well.client("s3").delete_public_access_block(Bucket="artifacts")
    assert (
        "BlockPublicAcls"
        in failed(run("verify", "--json"))["bucket artifacts: closed to the public"]
    )
    well.client("s3").put_public_access_block(
        Bucket="artifacts",
        PublicAccessBlockConfiguration={"BlockPublicAcls": True, "BlockPublicPolicy": True},
    )
    detail = failed(run("verify", "--json"))["bucket artifacts: closed to the public"]
    assert detail == "not set: IgnorePublicAcls, RestrictPublicBuckets"
    assert (
        "HeadBucket: 404"
        in failed(run("verify", "--json", artifactBucket="gone"))["bucket gone: reachable"]
    )


def test_a_bucket_without_kms(well: Any, run: Any) -> None:
    well.client("s3").delete_bucket_encryption(Bucket="artifacts")
    assert (
        failed(run("verify", "--json"))["bucket artifacts: encrypted with its key"]
        == "not with KMS"
    )


def test_degraded_cluster(well: Any, run: Any) -> None:
    def sick(params: Any, moto: Any) -> Any:
        answer = moto()
        answer["nodegroup"] |= {
            "status": "DEGRADED",
            "health": {"issues": [{"code": "NodeCreationFailure", "message": "no"}]},
        }
        return answer

    well._eks_DescribeNodegroup = sick
    failures = failed(run("verify", "--json", clusterName="training"))
    assert failures == {"cluster training: node group system": "DEGRADED NodeCreationFailure: no"}
    assert "cluster gone: reachable" in failed(run("verify", "--json", clusterName="gone"))


def test_alarms_in_alarm_state(well: Any, run: Any) -> None:
    alarm(well, "nat-ports", "ALARM", TOPIC)
    alarm(well, "churn-errors", "ALARM")
    assert failed(run("verify", "--json")) == {
        "alarms: nat-ports": "over 1",
        "alarms: churn-errors": "over 1",
    }


def test_failed_check_does_not_stop_the_others(well: Any, run: Any) -> None:
    well.fail("HeadBucket", "AccessDenied")
    result = run("verify", "--json")
    assert failed(result) == {
        "bucket artifacts: reachable": "HeadBucket: AccessDenied: refused by the test"
    }
    assert "alarms: quiet" in checks(result)


@pytest.mark.parametrize("payload", ["churn", "chrun=x.json"])
def test_payload_for_an_unknown_endpoint_is_a_usage_error(
    well: Any, run: Any, payload: str
) -> None:
    result = run("verify", "--payload", payload)
    assert result.exit_code == 2
    assert "one of the stack's endpoints: churn" in result.output


def test_missing_payload_is_reported(well: Any, run: Any) -> None:
    assert "can't be read" in run("verify", "--payload", "churn=/nowhere.json").stderr


def test_exports_without_resources_are_reported(well: Any, run: Any) -> None:
    nothing = dict.fromkeys(("endpoints", "artifactBucket", "alarmTopicArn", "releaseTargets"))
    assert "name nothing to verify" in run("verify", "--region", "eu-west-1", **nothing).stderr


@pytest.mark.parametrize("key", ["endpoints", "releaseTargets"])
def test_invalid_exports_are_reported_in_one_line(key: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({key: ["churn"]}), encoding="utf-8")

    with pytest.raises(CommandError, match=f"{key} in .* is no mapping of names"):
        stack_exports.exports(file, None)
