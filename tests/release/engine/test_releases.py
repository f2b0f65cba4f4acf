"""Releases that succeed, and those that SageMaker or the stack refuses."""

import dataclasses
import datetime
import json
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.release.engine.errors import Busy, Refused
from groundplan.release.engine.plan import PAYLOAD_LIMIT, Smoke
from groundplan.release.engine.releases import Releases
from groundplan.release.engine.target import Target

FIRST = "ml-prod-churn-config"
PACKAGE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/"


def sent(cloud: Any, operation: str) -> list[dict[str, Any]]:
    return [params for name, params in cloud.requests if name == operation]


def keys(cloud: Any) -> set[str]:
    contents = cloud.client("s3").list_objects_v2(Bucket="artifacts").get("Contents", ())
    return {entry["Key"].removeprefix("releases/ml-prod-churn/") for entry in contents}


def live(cloud: Any) -> str:
    return str(cloud.endpoint("ml-prod-churn").endpoint_config_name)


# A release.


def test_deploy_creates_a_model_and_updates_the_endpoint(cloud: Any, releases: Releases) -> None:
    result = releases.deploy(2)

    assert result.outcome == "succeeded"
    (model,) = sent(cloud, "CreateModel")
    assert model["PrimaryContainer"] == {
        "ModelPackageName": f"{PACKAGE}2",
        "Environment": {"LOG_LEVEL": "info"},
    }
    assert model["ExecutionRoleArn"] == "arn:aws:iam::123456789012:role/churn"
    assert model["EnableNetworkIsolation"] is True
    assert model["VpcConfig"] == {"Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}
    (config,) = sent(cloud, "CreateEndpointConfig")
    assert config["ProductionVariants"] == [
        {
            "ContainerStartupHealthCheckTimeoutInSeconds": 600,  # as the stack created it
            "VariantName": "primary",
            "ModelName": model["ModelName"],
            "InitialVariantWeight": 1.0,
            "InstanceType": "ml.m5.xlarge",
            "InitialInstanceCount": 2,
        }
    ]
    assert config["KmsKeyId"] == "arn:aws:kms:eu-west-1:123456789012:key/volumes"
    assert config["DataCaptureConfig"]["InitialSamplingPercentage"] == 5
    assert {"Key": "groundplan:version", "Value": "2"} in config["Tags"]
    assert {"Key": "team", "Value": "growth"} in model["Tags"]
    assert live(cloud) == config["EndpointConfigName"]


def test_update_retains_autoscaled_counts_and_uses_rollback_alarms(
    cloud: Any, releases: Releases, target: Target
) -> None:
    cloud.endpoint("ml-prod-churn").production_variants[0] |= {
        "CurrentInstanceCount": 7,
        "DesiredInstanceCount": 7,
    }

    releases.deploy(2)

    (update,) = sent(cloud, "UpdateEndpoint")
    assert update["RetainAllVariantProperties"] is True
    assert update["ExcludeRetainedVariantProperties"] == [
        {"VariantPropertyType": "DataCaptureConfig"}
    ]
    assert update["DeploymentConfig"] == target.deployment_config
    assert cloud.endpoint("ml-prod-churn").production_variants[0]["DesiredInstanceCount"] == 7


def test_record_contains_caller_version_and_both_configurations(
    cloud: Any, releases: Releases
) -> None:
    record = releases.deploy(2, reason="AUC 0.91").record

    assert record is not None
    assert record["outcome"] == "succeeded"
    assert record["from"] == {"config": FIRST, "package_arn": None, "version": None}
    assert record["to"]["config"] == record["live"] == live(cloud)
    assert (record["kind"], record["version"], record["package_arn"]) == (
        "deploy",
        2,
        f"{PACKAGE}2",
    )
    assert record["artifacts"][0]["image_digest"] == f"sha256:{2:064d}"
    assert record["artifacts"][0]["model_data"] == "s3://artifacts/models/churn/2/model.tar.gz"
    assert (
        record["started_by"]
        == record["ended_by"]
        == "arn:aws:sts::123456789012:assumed-role/deployer/jo"
    )
    assert record["started_at"] <= record["ended_at"]
    assert (record["why"], record["smoke"], record["alarms_fired"]) == ("AUC 0.91", "none", [])
    assert f"records/{record['release']}.json" in keys(cloud)
    assert "lock.json" not in keys(cloud)


def test_records_are_encrypted_and_never_overwritten(cloud: Any, releases: Releases) -> None:
    releases.deploy(2)

    puts = sent(cloud, "PutObject")
    assert {put["IfNoneMatch"] for put in puts} == {"*"}
    assert {put["SSEKMSKeyId"] for put in puts} == {"arn:aws:kms:eu-west-1:123456789012:key/audit"}


def test_existing_record_is_not_replaced(releases: Releases) -> None:
    first = releases.trail.write({"release": "r", "outcome": "failed"})
    second = releases.trail.write({"release": "r", "outcome": "succeeded"})

    assert first == second == {"release": "r", "outcome": "failed"}


def test_the_newest_approved_version_is_the_default(cloud: Any, releases: Releases) -> None:
    result = releases.deploy()  # 3 awaits its approval

    assert result.record is not None
    assert result.record["version"] == 2


def test_what_is_live_is_not_released_again(cloud: Any, releases: Releases) -> None:
    releases.deploy(2)
    cloud.calls.clear()

    again = releases.deploy(2)

    assert again.outcome == "unchanged"
    assert cloud.writes() == []
    assert len(releases.trail.records()) == 1


def test_the_same_content_has_the_same_names_and_other_content_others(
    cloud: Any, releases: Releases, target: Target, connect: Callable[..., Releases]
) -> None:
    first = releases.deploy(1).record
    releases.deploy(2)
    back = releases.deploy(1).record
    other = (
        connect(dataclasses.replace(target, environment={"LOG_LEVEL": "debug"})).deploy(1).record
    )

    assert first is not None
    assert back is not None
    assert other is not None
    assert back["to"] == first["to"]
    assert other["to"]["model"] != first["to"]["model"]
    assert other["to"]["config"] != first["to"]["config"]


def test_names_fit_any_endpoint_name(
    cloud: Any, target: Target, connect: Callable[..., Releases]
) -> None:
    name = "a" * 62 + "b"
    cloud.serve(name[:50])
    record = connect(dataclasses.replace(target, endpoint=name[:50])).deploy(2).record

    assert record is not None
    assert len(record["to"]["config"]) == len(record["to"]["model"]) == 63


def test_settings_of_the_variant_come_from_the_target_where_it_has_them(
    cloud: Any, target: Target, connect: Callable[..., Releases]
) -> None:
    settings = {
        "ContainerStartupHealthCheckTimeoutInSeconds": 1200,
        "ModelDataDownloadTimeoutInSeconds": 900,
    }
    connect(dataclasses.replace(target, variant_settings=settings)).deploy(2)

    (variant,) = sent(cloud, "CreateEndpointConfig")[0]["ProductionVariants"]
    assert settings.items() <= variant.items()


def test_a_serverless_variant_stays_one(
    cloud: Any, target: Target, connect: Callable[..., Releases]
) -> None:
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    variants = cloud.backend.endpoint_configs[FIRST].production_variants
    variants[0] = {
        "VariantName": "primary",
        "ModelName": variants[0]["ModelName"],
        "ServerlessConfig": serverless,
    }

    connect(dataclasses.replace(target, instance_type=None, instance_count=None)).deploy(2)

    (variant,) = sent(cloud, "CreateEndpointConfig")[0]["ProductionVariants"]
    assert variant["ServerlessConfig"] == serverless
    assert not {"InstanceType", "InitialInstanceCount"} & set(variant)


def test_progress_is_reported(cloud: Any, target: Target, connect: Callable[..., Releases]) -> None:
    progress: list[str] = []
    connect(target, progress.append).deploy(2)

    assert any("Updating: Baking" in line for line in progress)
    assert progress[-1].endswith("InService: 2 of 2 instances")


def test_waits_grow_and_are_bounded(cloud: Any, releases: Releases, clock: Any) -> None:
    cloud.ticks = 12
    releases.deploy(2)

    assert 8 <= clock.naps <= 12
    assert clock.seconds <= 12 * 30


def test_an_endpoint_that_scales_is_waited_for(cloud: Any, releases: Releases) -> None:
    endpoint = cloud.endpoint("ml-prod-churn")
    looks = []

    def scaled(operation: str) -> None:
        if operation == "DescribeEndpoint":
            looks.append(operation)
            endpoint.endpoint_status = "Updating" if len(looks) < 5 else "InService"

    cloud.before = scaled
    release = releases.deploy
    endpoint.endpoint_status = "Updating"

    def back(operation: str) -> None:
        scaled(operation)
        if operation == "UpdateEndpoint":
            cloud.before = lambda _operation: None

    cloud.before = back
    assert release(2).outcome == "succeeded"
    assert len(sent(cloud, "UpdateEndpoint")) == 1


# What is refused. Nothing is changed, and nothing recorded.


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (9, "churn has no version 9. There are: 3, 2, 1"),
        (
            3,
            (
                "Version 3 of churn is PendingManualApproval, not Approved. Fix: groundplan "
                "release approve"
            ),
        ),
    ],
)
def test_a_version_that_is_not_there_or_not_approved_is_refused(
    cloud: Any, releases: Releases, version: int, message: str
) -> None:
    with pytest.raises(Refused, match=message):
        releases.deploy(version)
    assert cloud.writes() == []
    assert keys(cloud) == set()


def test_an_endpoint_that_does_not_exist_is_refused(
    cloud: Any, target: Target, connect: Callable[..., Releases]
) -> None:
    gone = connect(dataclasses.replace(target, endpoint="gone"))
    for attempt in (lambda: gone.deploy(2), gone.rollback, gone.status):
        with pytest.raises(Refused, match="There is no endpoint gone in eu-west-1"):
            attempt()
    assert cloud.writes() == []


def test_a_group_without_approved_versions_is_refused(
    cloud: Any, target: Target, connect: Callable[..., Releases]
) -> None:
    with pytest.raises(Refused, match="empty has no approved version"):
        connect(dataclasses.replace(target, model_package_group="empty")).deploy()


def test_a_failed_endpoint_is_refused(cloud: Any, releases: Releases) -> None:
    cloud.endpoint("ml-prod-churn").endpoint_status = "Failed"
    cloud.endpoint("ml-prod-churn").failure_reason = "no capacity"

    with pytest.raises(Refused, match="is Failed: no capacity"):
        releases.deploy(2)
    assert keys(cloud) == set()


def test_an_update_by_something_else_is_not_disturbed(
    cloud: Any, releases: Releases, target: Target
) -> None:
    client = cloud.client("sagemaker")
    variants = cloud.backend.endpoint_configs[FIRST].production_variants
    client.create_endpoint_config(EndpointConfigName="by-pulumi", ProductionVariants=variants)
    client.update_endpoint(EndpointName=target.endpoint, EndpointConfigName="by-pulumi")

    with pytest.raises(Busy, match="is being updated to by-pulumi"):
        releases.deploy(2)
    assert keys(cloud) == set()


def test_alarm_in_alarm_state_is_refused(cloud: Any, releases: Releases) -> None:
    alarm(cloud, "churn-errors", "ALARM")

    with pytest.raises(Refused, match="SageMaker would undo the release at once: churn-errors"):
        releases.deploy(2)
    assert cloud.writes() == ["PutMetricAlarm", "SetAlarmState"]


def test_other_variants_are_refused(
    cloud: Any, releases: Releases, target: Target, connect: Callable[..., Releases]
) -> None:
    with pytest.raises(Refused, match="runs the variant primary, the stack says blue"):
        connect(dataclasses.replace(target, variant="blue")).deploy(2)
    variants = cloud.backend.endpoint_configs[FIRST].production_variants
    variants.append({**variants[0], "VariantName": "challenger"})
    with pytest.raises(Refused, match="has 2 production variants"):
        releases.deploy(2)


def alarm(cloud: Any, name: str, state: str) -> None:
    client = cloud.client("cloudwatch")
    client.put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Period=60,
        Statistic="Average",
        Threshold=0.05,
    )
    client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="0.4 is over 0.05")


# The smoke test.


def test_a_model_that_answers_its_smoke_test_is_released(cloud: Any, releases: Releases) -> None:
    result = releases.deploy(2, Smoke.of(b"1,2,3", "text/csv"))

    (call,) = sent(cloud, "InvokeEndpoint")
    assert (call["Body"], call["ContentType"]) == (b"1,2,3", "text/csv")
    assert result.record is not None
    assert result.record["smoke"] == "passed"


def test_failed_smoke_test_rolls_back_immediately_without_alarms(
    cloud: Any, releases: Releases
) -> None:
    releases.deploy(1)
    before = live(cloud)

    def breaks(operation: str) -> None:
        if operation == "InvokeEndpoint":
            cloud.broken_models.add(live(cloud))

    cloud.before = breaks
    result = releases.deploy(2, Smoke.of(b"{}"))

    assert result.outcome == "rolled-back"
    assert live(cloud) == before
    assert result.record is not None
    assert result.record["smoke"] == "failed"
    assert "ModelError" in result.record["reason"]
    back = sent(cloud, "UpdateEndpoint")[-1]["DeploymentConfig"]
    assert back["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"] == "ALL_AT_ONCE"
    assert "AutoRollbackConfiguration" not in back
    assert "lock.json" not in keys(cloud)


@pytest.mark.parametrize("payload", [b"", b"x" * (PAYLOAD_LIMIT + 1)])
def test_a_payload_has_a_size(payload: bytes) -> None:
    with pytest.raises(Refused, match="1 to 262144 bytes"):
        Smoke.of(payload)


# What went wrong while SageMaker was at work.


def test_automatic_rollback_is_detected_with_its_reason_and_alarm(
    cloud: Any, releases: Releases
) -> None:
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=5)
    earlier = later - datetime.timedelta(days=1)
    data = json.dumps({"newState": {"stateValue": "ALARM", "stateReason": "0.4 is over 0.05"}})
    good = json.dumps({"newState": {"stateValue": "OK"}})
    cloud.alarm_history = [
        {"AlarmName": "churn-errors", "Timestamp": earlier, "HistoryData": data},
        {"AlarmName": "churn-errors", "Timestamp": later, "HistoryData": data},
        {"AlarmName": "churn-latency", "Timestamp": later, "HistoryData": good},
    ]
    cloud.ends = ["rolled-back"]

    result = releases.deploy(2)

    assert cloud.endpoint("ml-prod-churn").endpoint_status == "InService"
    assert live(cloud) == FIRST
    assert result.outcome == "rolled-back"
    assert "One or more configured alarms were triggered" in result.message
    assert "churn-errors" in result.message
    assert result.record is not None
    assert result.record["live"] == FIRST
    (fired,) = result.record["alarms_fired"]
    assert (fired["alarm"], fired["why"]) == ("churn-errors", "0.4 is over 0.05")
    assert "lock.json" not in keys(cloud)


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        ("failed", "the endpoint is Failed"),
        ("rollback-failed", "the endpoint is UpdateRollbackFailed"),
    ],
)
def test_an_update_that_fails_is_recorded_as_failed(
    cloud: Any, releases: Releases, ends: str, status: str
) -> None:
    cloud.ends, cloud.reason = [ends], "no capacity"
    result = releases.deploy(2)

    assert result.outcome == "failed"
    assert result.record is not None
    assert result.record["reason"] == f"{status}: no capacity"
    assert "lock.json" not in keys(cloud)


def test_a_release_that_failed_can_be_tried_again(cloud: Any, releases: Releases) -> None:
    cloud.ends = ["rolled-back"]
    assert releases.deploy(2).outcome == "rolled-back"
    assert releases.deploy(2).outcome == "succeeded"
    assert [record["outcome"] for record in releases.trail.records()] == [
        "rolled-back",
        "succeeded",
    ]


def test_concurrently_changed_endpoint_is_not_updated_and_reported(
    cloud: Any, releases: Releases
) -> None:
    def moved(operation: str) -> None:
        if operation == "CreateEndpointConfig":
            cloud.endpoint("ml-prod-churn").endpoint_config_name = "by-hand"

    cloud.before = moved
    result = releases.deploy(2)

    assert result.outcome == "failed"
    assert result.record is not None
    assert (
        result.record["reason"] == f"someone else moved the endpoint to by-hand, away from {FIRST}"
    )
    assert result.record["live"] == "by-hand"
    assert sent(cloud, "UpdateEndpoint") == []


@pytest.mark.parametrize("operation", ["CreateModel", "CreateEndpointConfig", "UpdateEndpoint"])
def test_a_refusal_of_aws_ends_the_release_with_nothing_live_changed(
    cloud: Any, releases: Releases, operation: str
) -> None:
    cloud.fail(operation, "AccessDeniedException")
    result = releases.deploy(2)

    assert result.outcome == "failed"
    assert result.record is not None
    assert f"{operation}: AccessDeniedException" in result.record["reason"]
    assert live(cloud) == result.record["live"] == FIRST
    assert "lock.json" not in keys(cloud)


@pytest.mark.parametrize(
    ("operation", "attribute"),
    [("CreateModel", "model"), ("CreateEndpointConfig", "configuration")],
)
def test_existing_resource_with_other_settings_is_not_used(
    cloud: Any, releases: Releases, operation: str, attribute: str
) -> None:
    def planted(name: str) -> None:
        if name != operation:
            return
        params = dict(cloud.requests[-1][1])
        cloud.before = lambda _operation: None
        client = cloud.client("sagemaker")
        if attribute == "model":
            client.create_model(
                **{**params, "ExecutionRoleArn": "arn:aws:iam::123456789012:role/other"}
            )
        else:
            client.create_endpoint_config(**{**params, "KmsKeyId": "other"})

    cloud.before = planted
    result = releases.deploy(2)

    assert result.outcome == "failed"
    assert result.record is not None
    assert "exists already and differs in" in result.record["reason"]
    assert live(cloud) == FIRST


def test_the_model_behind_the_live_configuration_is_looked_at(
    cloud: Any, releases: Releases
) -> None:
    def swapped(operation: str) -> None:
        if operation == "UpdateEndpoint":
            for name, model in cloud.backend._models.items():
                if name.startswith("ml-prod-churn-v2"):
                    model.primary_container = {"ModelPackageName": f"{PACKAGE}1"}

    cloud.after = swapped
    result = releases.deploy(2)

    assert result.outcome == "failed"
    assert result.record is not None
    assert result.record["reason"] == f"the live model comes from {PACKAGE}1, not {PACKAGE}2"


# The way back.


def test_rollback_uses_the_previous_verified_release(
    cloud: Any, releases: Releases, target: Target
) -> None:
    one = releases.deploy(1).record
    releases.deploy(2)
    alarm(cloud, "churn-errors", "ALARM")  # the reason to go back is no reason to stay

    result = releases.rollback(reason="5xx")

    assert one is not None
    assert result.outcome == "succeeded"
    assert live(cloud) == one["to"]["config"]
    assert result.record is not None
    assert (result.record["kind"], result.record["version"]) == ("rollback", 1)
    assert result.record["artifacts"] == one["artifacts"]
    update = sent(cloud, "UpdateEndpoint")[-1]
    assert update["RetainAllVariantProperties"] is True
    assert "AutoRollbackConfiguration" not in update["DeploymentConfig"]


def test_rollback_retains_the_rolling_update_policy(
    cloud: Any, target: Target, connect: Callable[..., Releases]
) -> None:
    rolling = {
        "MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 1},
        "WaitIntervalInSeconds": 60,
    }
    automatic = {"Alarms": [{"AlarmName": "churn-errors"}]}
    policy = {"RollingUpdatePolicy": rolling, "AutoRollbackConfiguration": automatic}
    releases = connect(dataclasses.replace(target, deployment_config=policy))
    releases.deploy(1)
    releases.rollback()

    assert sent(cloud, "UpdateEndpoint")[-1]["DeploymentConfig"] == {"RollingUpdatePolicy": rolling}


def test_rollbacks_go_back_step_by_step_to_what_was_there_before_the_first_release(
    cloud: Any, releases: Releases
) -> None:
    one = releases.deploy(1).record
    cloud.ends = ["rolled-back"]
    releases.deploy(2)  # never verified: not a place to go back to
    releases.deploy(2)

    releases.rollback()
    assert one is not None
    assert live(cloud) == one["to"]["config"]
    releases.rollback()
    assert live(cloud) == FIRST
    with pytest.raises(Refused, match="has no release to go back to"):
        releases.rollback()


def test_a_rollback_to_a_version_takes_one_that_was_verified(
    cloud: Any, releases: Releases
) -> None:
    one = releases.deploy(1).record
    releases.deploy(2)
    releases.rollback()
    releases.rollback(to=2)
    assert releases.status()["version"] == 2
    releases.rollback(to=1)
    assert one is not None
    assert live(cloud) == one["to"]["config"]
    with pytest.raises(
        Refused, match=r"Version 3 was never verified on endpoint ml-prod-churn. Verified: 1, 2"
    ):
        releases.rollback(to=3)


def test_a_rollback_to_where_it_is_changes_nothing(cloud: Any, releases: Releases) -> None:
    releases.deploy(1)
    assert releases.rollback(to=1).outcome == "unchanged"


def test_a_rollback_without_history_is_refused(cloud: Any, releases: Releases) -> None:
    with pytest.raises(Refused, match="has no release to go back to: 0 recorded"):
        releases.rollback()


def test_a_rollback_does_not_go_to_what_was_rejected_since(cloud: Any, releases: Releases) -> None:
    releases.deploy(1)
    releases.deploy(2)
    client = cloud.client("sagemaker")
    client.update_model_package(
        ModelPackageArn=f"{PACKAGE}1", ModelApprovalStatus="Rejected", ApprovalDescription="leaks"
    )

    with pytest.raises(Refused, match="version 1, was rejected since: leaks"):
        releases.rollback()


def test_a_rollback_whose_configuration_is_gone_is_refused(cloud: Any, releases: Releases) -> None:
    one = releases.deploy(1).record
    releases.deploy(2)
    assert one is not None
    del cloud.backend.endpoint_configs[one["to"]["config"]]

    with pytest.raises(Refused, match="There is no endpoint configuration"):
        releases.rollback()


def test_a_rollback_that_does_not_answer_stays_and_says_so(cloud: Any, releases: Releases) -> None:
    one = releases.deploy(1).record
    releases.deploy(2)
    assert one is not None
    cloud.broken_models.add(one["to"]["config"])
    result = releases.rollback(smoke=Smoke.of(b"{}"))

    assert result.outcome == "failed"
    assert live(cloud) == one["to"]["config"]
    assert result.record is not None
    assert "the endpoint stays on" in result.record["reason"]


def test_status_reports_an_endpoint_changed_outside_of_releases(
    cloud: Any, releases: Releases
) -> None:
    assert releases.status()["as_recorded"] is True
    releases.deploy(2)
    assert releases.status()["as_recorded"] is True
    cloud.endpoint("ml-prod-churn").endpoint_config_name = FIRST
    contents = releases.status()
    assert (contents["as_recorded"], contents["version"], contents["under_way"]) == (
        False,
        None,
        None,
    )
