"""The schema of `Pulumi.<env>.yaml`, and the problems that are reported for other
contents."""

import json
import pathlib
from typing import Any

import pytest
import yaml
from configuration import InvalidSettings, describe, read
from groundplan.arguments import camel_case, hints_of
from groundplan.network.choices import NatGateways
from groundplan.serving.model_endpoint.choices import RolloutStrategy
from hypothesis import given
from hypothesis import strategies as st
from settings import Settings

ROOT = pathlib.Path(__file__).parents[2]
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1.4"


def settings(region: str = "us-east-1", **sections: Any) -> Settings:
    """Returns the settings; raises `InvalidSettings` if they are invalid."""
    values = {f"groundplan:{key}": json.dumps(value) for key, value in sections.items()}
    values["aws:region"] = region
    describe("groundplan", "dev", values)
    return read("groundplan", values)[0]


def problems(region: str = "us-east-1", **sections: Any) -> dict[str, str]:
    """Key -> the whole complaint."""
    with pytest.raises(InvalidSettings) as caught:
        settings(region, **sections)
    return {problem.key: str(problem) for problem in caught.value.problems}


def endpoint(**overrides: Any) -> dict[str, Any]:
    return {"churn": {"image": IMAGE, "instanceType": "ml.m5.large", **overrides}}


def training(**pools: Any) -> dict[str, Any]:
    return {"administrators": ["arn:aws:iam::123456789012:role/admin"], "pools": pools}


def test_a_region_is_all_that_an_environment_needs() -> None:
    assert settings() == {"region": "us-east-1"}


def test_keys_are_camel_case_and_become_the_components_arguments() -> None:
    network = settings(network={"cidrBlock": "10.1.0.0/16", "natGateways": "single"})["network"]
    assert network == {"cidr_block": "10.1.0.0/16", "nat_gateways": NatGateways.SINGLE}


def test_nested_groups_and_mappings_are_read() -> None:
    rollout = {"strategy": "linear", "stepPercent": 50}
    churn = settings(endpoints=endpoint(rollout=rollout))["endpoints"]["churn"]
    assert churn["rollout"] == {"strategy": RolloutStrategy.LINEAR, "step_percent": 50}


def test_an_empty_section_is_one_that_was_left_out() -> None:
    assert settings(training={}, endpoints={}, network={}) == settings()


def test_a_key_of_another_program_is_not_ours() -> None:
    values = {"aws:region": "us-east-1", "kubernetes:context": "x"}
    assert read("groundplan", values) == ({"region": "us-east-1"}, [])


@pytest.mark.parametrize(
    ("sections", "key", "words"),
    [
        (
            {"network": {"zoneCount": "three"}},
            "network.zoneCount",
            ['is "three"', "a whole number"],
        ),
        (
            {"network": {"natGateways": "double"}},
            "network.natGateways",
            ['is "double"', "per-zone"],
        ),
        ({"network": {"natGatways": "none"}}, "network.natGatways", ["did you mean natGateways"]),
        ({"artefacts": {"a": 1}}, "artefacts", ["did you mean artifacts"]),
        ({"network": "10.0.0.0/16"}, "network", ["a mapping"]),
        ({"deletionProtection": "no"}, "deletionProtection", ["true or false"]),
        ({"network": {"cidrBlock": "10.0.0/16"}}, "network.cidrBlock", ['is "10.0.0/16"', "CIDR"]),
        (
            {"network": {"cidrBlock": "10.0.0.0/27"}},
            "network.cidrBlock",
            ["too small", "use /24 or larger"],
        ),
        (
            {"network": {"interfaceEndpoints": ["S 3"]}},
            "network.interfaceEndpoints[0]",
            ['is "S 3"'],
        ),
        (
            {"training": {"kubernetesVersion": "1.35"}},
            "training.administrators",
            ["is missing", "set training.administrators"],
        ),
        ({"training": {"administrators": []}}, "training.administrators", ["at least one ARN"]),
        (
            {"training": training(gpu={"instanceType": "g5.xlrge", "maxSize": 1})},
            "training.pools.gpu.instanceType",
            ['is "g5.xlrge"', 'did you mean "g5.xlarge"'],
        ),
        (
            {"training": training(gpu={"instanceType": "g5.xlarge", "maxSize": 0})},
            "training.pools.gpu.maxSize",
            ["is 0", "from 1"],
        ),
        (
            {"training": training(gpu={"instanceType": "g5.xlarge", "maxSize": 2, "minSize": 3})},
            "training.pools.gpu.minSize",
            ["at most maxSize", "lower minSize or raise maxSize"],
        ),
        (
            {"endpoints": endpoint(instanceType="ml.m5.lrge")},
            "endpoints.churn.instanceType",
            ['did you mean "ml.m5.large"'],
        ),
        (
            {"endpoints": endpoint(instanceCount=1, rollout={"strategy": "canary"})},
            "endpoints.churn.rollout.strategy",
            ['is "canary"', "all-at-once"],
        ),
        (
            {"endpoints": endpoint(rollout={"canaryPercent": 60})},
            "endpoints.churn.rollout.canaryPercent",
            ["is 60", "50"],
        ),
        (
            {"endpoints": endpoint(logRetentionDays=10)},
            "endpoints.churn.logRetentionDays",
            ["is 10", "use 14"],
        ),
        (
            {"monitoring": {"subscribers": {"me": {"protocol": "email", "endpoint": "me"}}}},
            "monitoring.subscribers.me.endpoint",
            ['is "me"', "an e-mail address"],
        ),
        (
            {"artifacts": {"objectLock": {"mode": "governance", "days": 0}}},
            "artifacts.objectLock.days",
            ["is 0", "from 1"],
        ),
    ],
)
def test_a_wrong_setting_names_its_key_its_value_and_what_is_allowed(
    sections: dict[str, Any], key: str, words: list[str]
) -> None:
    reported = problems(**sections)
    assert list(reported) == [f"groundplan:{key}"]
    for word in words:
        assert word in reported[f"groundplan:{key}"]


@pytest.mark.parametrize(
    ("sections", "key", "words"),
    [
        ({"tags": {"team": 5}}, "tags.team", ["is 5", "write it in quotes"]),
        (
            {"monitoring": {"prometheus": {"retentionDays": 3}}},
            "monitoring.prometheus",
            ['{"retentionDays": 3}'],
        ),
        ({"endpoints": {"a_b": endpoint()["churn"]}}, "endpoints.a_b", ["rename it"]),
        ({"network": {"zoneCount": 9}}, "network.zoneCount", ["is 9", "from 1 to 6"]),
        (
            {
                "network": {
                    "existing": {
                        "vpcId": "vpc-0a1b2c3d",
                        "privateSubnetIds": ["subnet-0a1b2c3d", "subnet-1a1b2c3d"],
                    }
                },
                "training": training(
                    gpu={"instanceType": "g5.xlarge", "maxSize": 1, "zone": "us-east-1b"}
                ),
            },
            "training.pools.gpu.zone",
            ["set subnetIds in its place"],
        ),
        (
            {
                "network": {
                    "existing": {
                        "vpcId": "vpc-0a1b2c3d",
                        "privateSubnetIds": ["subnet-0a1b2c3d", "subnet-1a1b2c3d"],
                    }
                },
                "training": {**training(), "fileSystems": {"scratch": {"zone": "us-east-1a"}}},
            },
            "training.fileSystems.scratch.zone",
            ["its zones are not known", "the first of network.existing.privateSubnetIds is used"],
        ),
        (
            {"training": {**training(), "fileSystems": {"scratch": {"zone": "us-east-1f"}}}},
            "training.fileSystems.scratch.zone",
            ["the first 3 zones by name", "name us-east-1f in network.availabilityZones"],
        ),
        (
            {
                "network": {"zoneCount": 2},
                "training": training(
                    gpu={"instanceType": "g5.xlarge", "maxSize": 1, "zone": "us-east-1c"}
                ),
            },
            "training.pools.gpu.zone",
            ["us-east-1a, us-east-1b", "name us-east-1c in network.availabilityZones"],
        ),
        (
            {
                "training": training(
                    gpu={"instanceType": "g5.xlarge", "maxSize": 1, "zone": "us-west-2b"}
                )
            },
            "training.pools.gpu.zone",
            ["a zone of us-east-1"],
        ),
        (
            {"training": {**training(), "fileSystems": {"scratch": {"zone": "eu-west-1a"}}}},
            "training.fileSystems.scratch.zone",
            ["a zone of us-east-1"],
        ),
        (
            {
                "network": {"availabilityZones": ["us-east-1a", "us-east-1b"]},
                "training": {**training(), "fileSystems": {"scratch": {"zone": "us-east-1c"}}},
            },
            "training.fileSystems.scratch.zone",
            ["us-east-1a, us-east-1b"],
        ),
        (
            {
                "training": {
                    **training(gpu={"instanceType": "g5.xlarge", "maxSize": 1}),
                    "teams": {"vision": {}},
                    "fileSystems": {"scratch": {"links": {"data": {"readers": ["visoin"]}}}},
                }
            },
            "training.fileSystems.scratch.links.data.readers[0]",
            ["training, vision", "vision"],
        ),
        (
            {
                "training": {
                    **training(),
                    "fileSystems": {
                        "scratch": {"links": {"data": {"readers": ["training"]}}},
                        "scratch-data": {},
                    },
                }
            },
            "training.fileSystems.scratch.links.data",
            ["scratch-data", "rename the link"],
        ),
        (
            {"training": {**training(), "fileSystems": {"Scratch_1": {}}}},
            "training.fileSystems.Scratch_1",
            ["lower-case letters", "rename the file system"],
        ),
        (
            {
                "training": {
                    **training(gpu={"instanceType": "g5.xlarge", "maxSize": 1}),
                    "volumeDrivers": ["s3"],
                    "fileSystems": {"dataset-clicks": {}},
                }
            },
            "training.fileSystems.dataset-clicks",
            ["no name that begins with dataset-", "rename the file system"],
        ),
    ],
)
def test_problems_name_the_keys_of_the_settings(
    sections: dict[str, Any], key: str, words: list[str]
) -> None:
    reported = problems(**sections)
    assert list(reported) == [f"groundplan:{key}"]
    for word in words:
        assert word in reported[f"groundplan:{key}"]


def test_a_region_is_not_proposed_for_zones_that_it_lacks() -> None:
    message = problems(network={"zoneCount": 6})["groundplan:network.zoneCount"]
    assert "at most 5" in message
    assert "such as us-east-1" not in message


def test_a_region_that_does_not_exist_is_named_with_the_nearest() -> None:
    assert 'did you mean "us-east-1"' in problems("us-east1")["aws:region"]


def test_a_missing_region_is_reported() -> None:
    with pytest.raises(InvalidSettings, match="aws:region is missing"):
        describe("groundplan", "dev", {})


def test_a_region_with_too_few_zones_names_one_that_has_enough() -> None:
    reported = problems("us-west-1")
    assert list(reported) == ["groundplan:network.zoneCount"]
    assert "is 3" in reported["groundplan:network.zoneCount"]
    assert "us-east-1" in reported["groundplan:network.zoneCount"]
    assert settings("us-west-1", network={"zoneCount": 1})["region"] == "us-west-1"


def test_zones_are_zones_of_the_region() -> None:
    network = {"availabilityZones": ["us-east-1a", "eu-west-1b"]}
    assert list(problems(network=network)) == ["groundplan:network.availabilityZones[1]"]


def test_all_problems_of_the_settings_are_reported_at_once() -> None:
    reported = problems(
        "us-west-1",
        network={"cidrBlock": "10.0.0.0/33", "natGatways": "single"},
        training=training(
            gpu={"instanceType": "g5.xlrge", "maxSize": 2},
            big={"instanceType": "p5.48xlarge", "maxSize": "2"},
        ),
        endpoints=endpoint(instanceCount=1, rollout={"strategy": "canary"}),
        deletionProtection="nope",
    )
    assert set(reported) == {
        "groundplan:deletionProtection",
        "groundplan:endpoints.churn.image",
        "groundplan:endpoints.churn.rollout.strategy",
        "groundplan:network.cidrBlock",
        "groundplan:network.natGatways",
        "groundplan:network.zoneCount",
        "groundplan:training.pools.big.maxSize",
        "groundplan:training.pools.gpu.instanceType",
    }


def test_the_title_names_the_file_and_counts() -> None:
    with pytest.raises(
        InvalidSettings, match=r"^Pulumi\.dev\.yaml has invalid settings: 1 problem\."
    ):
        settings(network={"zoneCount": 0})


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)
KEYS = st.sampled_from([f"groundplan:{camel_case(key)}" for key in hints_of(Settings)])


@given(st.dictionaries(KEYS, ANYTHING, max_size=4))
def test_any_configuration_resolves_to_settings_or_problems(values: dict[str, Any]) -> None:
    configured = {
        "aws:region": "us-east-1",
        **{key: json.dumps(value) for key, value in values.items()},
    }
    try:
        describe("groundplan", "dev", configured)
    except InvalidSettings as error:
        keys = [problem.key for problem in error.problems]
    else:
        keys = []
    assert all(key.startswith("groundplan:") for key in keys)


def stack_file(stack: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(
        (ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
    )
    return data["config"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "key", [key for key in stack_file("prod") if key.startswith("groundplan:")]
)
def test_damage_to_any_section_of_prod_is_found(key: str) -> None:
    values = {k: v if isinstance(v, str) else json.dumps(v) for k, v in stack_file("prod").items()}
    values[key] = json.dumps(["not", "this"])
    with pytest.raises(InvalidSettings, match=key):
        describe("groundplan", "prod", values)


def test_root_is_an_explicit_setting() -> None:
    fraud = {"image": IMAGE, "runAsUser": 0}
    (problem,) = problems(training=training(), services={"fraud": fraud}).values()
    assert problem.startswith("groundplan:services.fraud.runAsUser is 0.")
    assert "needs allowRoot: true" in problem
    settings(training=training(), services={"fraud": {**fraud, "allowRoot": True}})
