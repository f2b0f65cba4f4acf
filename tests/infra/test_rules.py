"""What no component can validate by itself: sections taken together."""

import json
from typing import Any

import pytest
from configuration import InvalidSettings, describe

ADMINISTRATOR = "arn:aws:iam::123456789012:role/platform"
TRAINING = {"administrators": [ADMINISTRATOR]}
ENDPOINT = {
    "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1.4",
    "instanceType": "ml.m5.large",
}


def problems(region: str = "us-east-1", **sections: Any) -> dict[str, str]:
    """Returns key -> text."""
    values = {f"groundplan:{key}": json.dumps(value) for key, value in sections.items()}
    try:
        describe("groundplan", "test", {"aws:region": region, **values})
    except InvalidSettings as error:
        return {p.key.removeprefix("groundplan:"): str(p) for p in error.problems}
    return {}


def test_a_cluster_needs_a_way_to_the_internet() -> None:
    network = {"natGateways": "none", "interfaceEndpoints": ["sts", "logs"]}
    reported = problems(network=network, training=TRAINING)
    assert list(reported) == ["network.natGateways"]
    for word in ("eks-auth", "ecr.dkr", "registry.k8s.io", "models of a hub", "per-zone"):
        assert word in reported["network.natGateways"]
    assert "sts" not in reported["network.natGateways"].split("are missing")[0]
    assert problems(network=network) == {}
    assert problems(network={"natGateways": "single"}, training=TRAINING) == {}


@pytest.mark.parametrize(
    ("network", "key"),
    [
        ({"zoneCount": 1}, "network.zoneCount"),
        ({"availabilityZones": ["us-east-1a"]}, "network.availabilityZones"),
    ],
)
def test_a_cluster_needs_two_zones(network: dict[str, Any], key: str) -> None:
    reported = problems(network=network, training=TRAINING)
    assert list(reported) == [key]
    assert "at least two zones" in reported[key]
    assert problems(network=network) == {}


def test_an_existing_network_has_routes_of_its_own() -> None:
    existing = {"vpcId": "vpc-0a", "privateSubnetIds": ["subnet-0a", "subnet-0b"]}
    reported = problems(network={"existing": existing, "natGateways": "none"}, training=TRAINING)
    assert list(reported) == ["network.natGateways"]
    assert "nothing with existing" in reported["network.natGateways"]


@pytest.mark.parametrize("cidr", ["10.0.0.0/16", "10.0.4.0/24", "10.0.0.0/8"])
def test_the_vpc_itself_is_no_other_network_that_reaches_the_api_server(cidr: str) -> None:
    reported = problems(training={**TRAINING, "privateAccessCidrs": ["10.200.0.0/16", cidr]})
    assert list(reported) == ["training.privateAccessCidrs[1]"]
    moved = {"cidrBlock": "172.20.0.0/16"}
    assert problems(network=moved, training={**TRAINING, "privateAccessCidrs": [cidr]}) == {}


@pytest.mark.parametrize(
    "prefix", ["teams/", "datasets/", "models/", "runs/", "releases/", "checkpoints/", "t"]
)
def test_mlflow_has_a_folder_of_its_own(prefix: str) -> None:
    folder = prefix if prefix.endswith("/") else "d"
    reported = problems(tracking={"server": "managed", "artifactPrefix": folder})
    assert list(reported) == ["tracking.artifactPrefix"]
    assert problems(tracking={"server": "managed", "artifactPrefix": "runs/mlflow/"}) == {}


RELEASED: dict[str, Any] = {
    "endpoints": {
        "churn": {
            **ENDPOINT,
            "release": "registry",
            "modelPackageGroup": "churn",
            "modelData": "models/churn/1/model.tar.gz",
        }
    },
    "models": {"groups": {"churn": {}}},
}


@pytest.mark.parametrize(
    "folder", ["", "teams/", "teams/a/", "datasets/", "models/", "releases/", "checkpoints/"]
)
def test_the_release_function_reads_evaluations_only(folder: str) -> None:
    reported = problems(**RELEASED, releases={"evaluationPrefixes": ["runs/", folder]})
    if folder == "teams/a/":
        assert reported == {}
        return
    assert list(reported) == ["releases.evaluationPrefixes[1]"]


def test_evaluations_are_read_where_runs_and_models_have_them() -> None:
    for folders in (["runs/"], ["models/churn/evaluations/", "evaluations/"], []):
        assert problems(**RELEASED, releases={"evaluationPrefixes": folders}) == {}


@pytest.mark.parametrize(
    "folder",
    ["teams/", "teams/a/", "datasets/", "models/", "checkpoints/", "runs/", "capture/", "mlflow/"],
)
def test_records_of_releases_have_a_folder_of_their_own(folder: str) -> None:
    tracking = {"server": "managed"}
    reported = problems(**RELEASED, tracking=tracking, releases={"auditPrefix": folder})
    assert list(reported) == ["releases.auditPrefix"]


@pytest.mark.parametrize(
    ("endpoint", "key"),
    [
        ({"capture": {"prefix": "teams/a/"}}, "capture.prefix"),
        ({"capture": {"prefix": "models/"}}, "capture.prefix"),
        ({"capture": {"prefix": ""}}, "capture.prefix"),
        ({"capture": {"prefix": "releases/churn/"}}, "capture.prefix"),
        ({"asynchronous": {"inputPrefix": "datasets/"}}, "asynchronous.inputPrefix"),
        ({"asynchronous": {"outputPrefix": "releases/"}}, "asynchronous.outputPrefix"),
        ({"asynchronous": {"outputPrefix": "requests/"}}, "asynchronous.outputPrefix"),
    ],
)
def test_endpoints_write_into_folders_of_their_own(endpoint: dict[str, Any], key: str) -> None:
    reported = problems(endpoints={"churn": {**ENDPOINT, **endpoint}})
    assert list(reported) == [f"endpoints.churn.{key}"]


def test_endpoints_share_the_folder_of_captured_requests() -> None:
    captured = {**ENDPOINT, "capture": {"prefix": "captured/", "percent": 10}}
    assert problems(endpoints={"churn": captured, "fraud": captured, "other": ENDPOINT}) == {}


def test_records_of_releases_do_not_expire() -> None:
    expire = {"scratch/": 7, "releases/": 30}
    artifacts = {"lifecycle": {"expire": expire}}
    reported = problems(**RELEASED, artifacts=artifacts)
    assert list(reported) == ["artifacts.lifecycle.expire.releases/"]
    assert problems(artifacts=artifacts) == {}


@pytest.mark.parametrize(
    "alarms",
    [
        {"maxDiskPercent": 80},
        {"maxMemoryPercent": 80},
        {"maxErrorPercent": 2},
        {"maxLatencyMs": 500},
        {"evaluationMinutes": 5},
    ],
)
def test_every_alarm_limit_of_an_endpoint_is_accepted(alarms: dict[str, Any]) -> None:
    assert problems(endpoints={"churn": {**ENDPOINT, "alarms": alarms}}) == {}


def test_zones_that_the_region_lacks_are_refused() -> None:
    assert list(problems(network={"availabilityZones": ["us-east-1a", "us-east-1z"]})) == [
        "network.availabilityZones[1]"
    ]
    pools = {"gpu": {"instanceType": "g5.xlarge", "maxSize": 1, "zone": "us-east-1z"}}
    assert list(problems(training={**TRAINING, "pools": pools})) == ["training.pools.gpu.zone"]


def test_monitoring_of_what_is_not_there_is_refused() -> None:
    reported = problems(monitoring={"cluster": {"maxWaitMinutes": 10}})
    assert list(reported) == ["monitoring.cluster"]
    reported = problems(monitoring={"endpoints": {"fraud": {"minInvocationsPerHour": 1}}})
    assert list(reported) == ["monitoring.endpoints.fraud"]
    overrides = {"endpoints": {"churn": {"minInvocationsPerHour": 1}}}
    assert problems(monitoring=overrides, endpoints={"churn": ENDPOINT}) == {}


def test_an_image_of_another_region_is_refused_where_it_is_named() -> None:
    reported = problems("eu-west-1", endpoints={"churn": ENDPOINT})
    assert list(reported) == ["endpoints.churn.image"]
    assert "ECR of eu-west-1" in reported["endpoints.churn.image"]
    here = ENDPOINT["image"].replace("us-east-1", "eu-west-1")
    variants = {"a": {"image": here}, "b": {"image": ENDPOINT["image"]}}
    endpoint = {"instanceType": "ml.m5.large", "variants": variants}
    reported = problems("eu-west-1", endpoints={"churn": endpoint})
    assert list(reported) == ["endpoints.churn.variants.b.image"]


KEY = "arn:aws:kms:eu-west-1:123456789012:key/k"


@pytest.mark.parametrize(
    ("sections", "key"),
    [
        ({"artifacts": {"kmsKeyArn": KEY}}, "artifacts.kmsKeyArn"),
        (
            {"endpoints": {"churn": {**ENDPOINT, "logKmsKeyArn": KEY}}},
            "endpoints.churn.logKmsKeyArn",
        ),
        (
            {
                "endpoints": {
                    "churn": {
                        **ENDPOINT,
                        "alarms": {"actions": ["arn:aws:sns:eu-west-1:123456789012:alarms"]},
                    }
                }
            },
            "endpoints.churn.alarms.actions[0]",
        ),
        (
            {"training": {"administrators": ["arn:aws-cn:iam::123456789012:role/platform"]}},
            "training.administrators[0]",
        ),
    ],
)
def test_arns_are_of_the_environments_region(sections: dict[str, Any], key: str) -> None:
    assert list(problems(**sections)) == [key]


def test_replicas_and_subscribers_can_be_elsewhere() -> None:
    replication = {"bucketArn": "arn:aws:s3:::copies", "kmsKeyArn": KEY}
    queue = {"protocol": "sqs", "endpoint": "arn:aws:sqs:eu-west-1:123456789012:alarms"}
    sections: dict[str, Any] = {
        "artifacts": {"replication": replication},
        "monitoring": {"subscribers": {"queue": queue}},
        "training": TRAINING,
    }
    assert problems(**sections) == {}
    topic = "arn:aws:sns:eu-west-1:123456789012:on-call"
    sections["artifacts"] = {"replica": {"region": "eu-west-1", "alarmActions": [topic]}}
    assert problems(**sections) == {}


def test_an_encrypted_setting_is_refused_and_never_shown() -> None:
    values = {"aws:region": "us-east-1", "groundplan:endpoints": '{"churn": {"image": "hunter2"}}'}
    with pytest.raises(InvalidSettings) as caught:
        describe("groundplan", "test", values, ["groundplan:endpoints", "aws:token"])
    assert [problem.key for problem in caught.value.problems] == ["groundplan:endpoints"]
    assert "Secrets Manager" in str(caught.value)
    assert "hunter2" not in str(caught.value)


MONITORED = {
    "baselineKey": "baselines/churn.json",
    "layerArns": ["arn:aws:lambda:us-east-1:123456789012:layer:statistics:1"],
}
VARIANTS = {"a": {"image": ENDPOINT["image"]}, "b": {"image": ENDPOINT["image"]}}


@pytest.mark.parametrize(
    ("endpoint", "monitoring", "key", "word"),
    [
        ({**ENDPOINT, "asynchronous": {}}, MONITORED, "churn", "real-time"),
        ({"image": ENDPOINT["image"], "serverless": {}}, MONITORED, "churn", "real-time"),
        ({**ENDPOINT, "capture": {"percent": 0}}, MONITORED, "churn", "captures requests"),
        ({"instanceType": "ml.m5.large", "variants": VARIANTS}, MONITORED, "churn.variant", "a, b"),
        (ENDPOINT, {**MONITORED, "variant": "canary"}, "churn.variant", "primary"),
        (ENDPOINT, {**MONITORED, "resultPrefix": "capture/"}, "churn.resultPrefix", "belongs to"),
    ],
)
def test_what_is_checked_is_captured(
    endpoint: dict[str, Any], monitoring: dict[str, Any], key: str, word: str
) -> None:
    reported = problems(endpoints={"churn": endpoint}, modelMonitoring={"churn": monitoring})
    assert word in reported[f"modelMonitoring.{key}"]


def test_checks_are_of_an_endpoint_of_the_environment() -> None:
    reported = problems(endpoints={"churn": ENDPOINT}, modelMonitoring={"churm": MONITORED})
    assert "churn" in reported["modelMonitoring.churm"]
    assert "no endpoints" in problems(modelMonitoring={"churn": MONITORED})["modelMonitoring.churn"]
    both = {"churn": ENDPOINT, "churn-checks": ENDPOINT}
    assert "modelMonitoring.churn" in problems(endpoints=both, modelMonitoring={"churn": MONITORED})


@pytest.mark.parametrize("name", ["network", "artifacts", "monitoring", "utilization"])
def test_no_two_parts_of_the_environment_have_one_name(name: str) -> None:
    reported = problems(endpoints={name: ENDPOINT}, utilization={"days": 14})
    assert list(reported) == [f"endpoints.{name}"]
    assert f"{name} is named so" in reported[f"endpoints.{name}"]
    assert problems(endpoints={"churn": ENDPOINT}, utilization={"days": 14}) == {}


def test_an_endpoint_and_a_file_system_have_names_of_their_own() -> None:
    training = {**TRAINING, "fileSystems": {"churn": {}}}
    reported = problems(endpoints={"churn": ENDPOINT}, training=training)
    assert list(reported) == ["endpoints.churn"]


def test_checks_of_an_endpoint_with_variants_name_one_of_them() -> None:
    endpoint = {"instanceType": "ml.m5.large", "variants": VARIANTS}
    monitoring = {**MONITORED, "variant": "b"}
    assert problems(endpoints={"churn": endpoint}, modelMonitoring={"churn": monitoring}) == {}
