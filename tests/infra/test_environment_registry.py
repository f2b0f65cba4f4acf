"""An environment with images, a model registry, experiment tracking and services on its
cluster, from settings."""

import json
import pathlib
from typing import Any

import configuration
import pulumi
import pytest
import wiring
import yaml
from configuration import InvalidSettings, describe
from description import Environment
from groundplan.registry.experiment_tracking.choices import TrackingServer
from groundplan.testing import deploy
from groundplan.testing.deploy import Plan, policy
from registration import register

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1.4.2"
GROUP = "aws:sagemaker/modelPackageGroup:ModelPackageGroup"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"

TRAINING: dict[str, Any] = {
    "administrators": ["arn:aws:iam::123456789012:role/platform"],
    "pools": {
        "gpu": {"instanceType": "g5.12xlarge", "maxSize": 2},
        "cpu": {"instanceType": "c7i.8xlarge", "maxSize": 2},
    },
    "teams": {"vision": {"reaches": ["shared"]}, "speech": {}},
}
IMAGES: dict[str, Any] = {
    "repositories": ["churn-training", "churn-serving"],
    "expire": {"pr-": 30},
    "untaggedDays": 7,
    "pullThrough": {"quay": {}},
}
CARD = {
    "owner": "growth@example.com",
    "purpose": "Offers",
    "intendedUses": "By a person",
    "riskRating": "medium",
}
MODELS: dict[str, Any] = {
    "groups": {
        "churn": {"description": "Who may leave", "readAccounts": ["210987654321"], "card": CARD},
        "fraud": {},
    }
}
CLUSTER: dict[str, Any] = {
    "server": "cluster",
    "cluster": {
        "reachedFrom": ["vision"],
        "replicas": 3,
        "database": {"multiAz": True, "storageGib": 50},
    },
}
ENDPOINT = {
    "image": IMAGE,
    "instanceType": "ml.m5.large",
    "release": "registry",
    "modelPackageGroup": "churn",
}
SERVICES: dict[str, Any] = {
    "assistant": {
        "engine": "vllm",
        "modelData": "models/assistant/3/",
        "pool": "gpu",
        "accelerators": 4,
        "rollout": {"maxSurge": 0, "maxUnavailable": 1},
        "arguments": ["--enable-prefix-caching"],
        "vllm": {"maxModelLen": 32768},
        "reachedFrom": ["vision"],
    },
    "churn": {
        "image": IMAGE,
        "replicas": 3,
        "canary": {"percent": 25, "image": IMAGE.replace("1.4.2", "1.5.0")},
    },
}


def values(**sections: Any) -> dict[str, str]:
    overrides = {"network": {"availabilityZones": ["us-east-1a", "us-east-1b"]}, **sections}
    return {
        "aws:region": "us-east-1",
        **{f"groundplan:{key}": json.dumps(value) for key, value in overrides.items()},
    }


def settings(**sections: Any) -> Environment:
    return describe("groundplan", "test", values(**sections))


def plan_of(**sections: Any) -> Plan:
    def program() -> None:
        for key, value in register(settings(**sections)).items():
            pulumi.export(key, value)

    return deploy(program, project="groundplan")


def problems(**sections: Any) -> dict[str, str]:
    with pytest.raises(InvalidSettings) as caught:
        settings(**sections)
    return {
        problem.key.removeprefix("groundplan:"): str(problem) for problem in caught.value.problems
    }


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of(
        training=TRAINING,
        images=IMAGES,
        models=MODELS,
        tracking=CLUSTER,
        endpoints={"churn": ENDPOINT, "rare": {**ENDPOINT, "modelPackageGroup": "elsewhere"}},
        services=SERVICES,
        tags={"team": "ml"},
        deletionProtection=False,
    )


@pytest.fixture(scope="module")
def managed() -> Plan:
    tracking = {
        "server": "managed",
        "managed": {"registerModels": True, "maintenanceWindow": "Sun:03:00"},
    }
    return plan_of(models=MODELS, tracking=tracking, training=TRAINING)


# Images and models.


def test_the_settings_reach_the_images(plan: Plan) -> None:
    repository = plan.one("aws:ecr/repository:Repository", "images-churn-serving")
    assert repository.inputs["name"] == "groundplan-test/churn-serving"
    assert repository.inputs["tags"]["team"] == "ml"
    assert repository.option("protect") is False
    rules = json.loads(
        plan.one(
            "aws:ecr/lifecyclePolicy:LifecyclePolicy", "images-churn-serving-lifecycle"
        ).inputs["policy"]
    )
    assert [rule["selection"]["countNumber"] for rule in rules["rules"]] == [7, 30]
    assert plan.one("aws:ecr/pullThroughCacheRule:PullThroughCacheRule", "images-quay")


def test_the_settings_reach_the_models(plan: Plan) -> None:
    group = plan.one(GROUP, "models-churn")
    assert group.inputs["modelPackageGroupName"] == "groundplan-test-churn"
    assert group.inputs["tags"]["team"] == "ml"
    assert group.option("protect") is False
    (card,) = plan.all("aws:sagemaker/modelCard:ModelCard").values()
    assert json.loads(card.inputs["content"])["intended_uses"]["risk_rating"] == "Medium"


def test_an_endpoint_is_released_to_from_a_group_of_the_environment_or_from_any_other(
    plan: Plan,
) -> None:
    targets = plan.manifest.outputs["releaseTargets"]
    assert targets["churn"]["model_package_group"] == "groundplan-test-churn"
    assert targets["rare"]["model_package_group"] == "elsewhere"
    function = plan.one("aws:lambda/function:Function", "releases-function")
    assert "models-churn" in plan.dependencies(function)


def test_what_there_is_is_exported(plan: Plan) -> None:
    outputs = plan.manifest.outputs
    assert outputs["imageRepositories"].keys() == set(IMAGES["repositories"])
    assert outputs["modelPackageGroups"] == {
        "churn": "groundplan-test-churn",
        "fraud": "groundplan-test-fraud",
    }
    assert outputs["trackingUri"] == "http://mlflow.mlflow.svc"
    assert outputs["services"] == {
        "assistant": "http://assistant.assistant.svc",
        "churn": "http://churn.churn.svc",
    }


def test_nothing_is_created_without_its_section() -> None:
    plan = plan_of()
    kinds = {resource.type.rsplit(":", 1)[-1] for resource in plan.manifest.children(None)}
    assert kinds == {"Network", "ArtifactBucket", "MonitoringStack"}
    assert plan.manifest.outputs.keys().isdisjoint(
        {"imageRepositories", "modelPackageGroups", "trackingUri", "services"}
    )


# Tracking.


def test_mlflow_on_the_cluster_is_wired_to_network_and_cluster(plan: Plan) -> None:
    database = plan.one("aws:rds/instance:Instance")
    assert (database.inputs["multiAz"], database.inputs["allocatedStorage"]) == (True, 50)
    assert database.option("protect") is False
    group = plan.one("aws:rds/subnetGroup:SubnetGroup")
    assert group.inputs["subnetIds"] == ["${network-private-1.id}", "${network-private-2.id}"]
    (rule,) = (
        rule
        for rule in plan.all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").values()
        if _of(rule)
    )
    assert (
        rule.inputs["referencedSecurityGroupId"]
        == "${training-cluster.vpcConfig.clusterSecurityGroupId}"
    )
    identity = plan.one(
        "aws:eks/podIdentityAssociation:PodIdentityAssociation", "tracking-identity"
    )
    assert identity.inputs["clusterName"] == "groundplan-test-training"
    release = plan.one("kubernetes:helm.sh/v3:Release", "tracking-mlflow")
    assert release.inputs["values"]["replicaCount"] == 3
    assert release.options["provider"].endswith("training-kubernetes")


def _of(rule: Any) -> bool:
    return str(rule.name).startswith("tracking-")


def test_only_jobs_that_mlflow_admits_reach_it_and_may_log(plan: Plan) -> None:
    policies = plan.all("kubernetes:networking.k8s.io/v1:NetworkPolicy")
    (inside,) = policies["tracking-isolation"].inputs["spec"]["ingress"]
    names = [
        source["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
        for source in inside["from"]
    ]
    assert names == ["vision"]
    ways_out = {
        team: json.dumps(policies[f"training-team-{team}-network-policy"].inputs["spec"]["egress"])
        for team in ("vision", "speech")
    }
    assert ('"mlflow"' in ways_out["vision"], '"shared"' in ways_out["vision"]) == (True, True)
    assert '"mlflow"' not in ways_out["speech"]
    logging = [
        name
        for name in plan.all("aws:iam/rolePolicy:RolePolicy")
        if name.startswith("tracking-log-")
    ]
    assert logging == ["tracking-log-training-team-vision-access"]


@pytest.mark.parametrize(
    ("teams", "logging"),
    [({"a": {}, "b": {}}, ["a", "b"]), ({}, ["training"])],
    ids=["teams", "no teams"],
)
def test_by_default_mlflow_is_for_all_jobs(teams: dict[str, Any], logging: list[str]) -> None:
    read, _ = configuration.read(
        "groundplan",
        values(training={**TRAINING, "teams": teams}, tracking={"server": "cluster"}),
    )
    assert list(wiring.tracking.logging_namespaces(read)) == logging


def test_mlflow_of_sagemaker_registers_models_and_all_jobs_may_log(managed: Plan) -> None:
    app = managed.one("aws:sagemaker/mlflowApp:MlflowApp")
    assert app.inputs["weeklyMaintenanceWindowStart"] == "Sun:03:00"
    assert app.inputs["modelRegistrationMode"] == "AutoModelRegistrationEnabled"
    assert app.option("protect") is True
    assert managed.manifest.outputs["trackingUri"] == "${tracking-app.arn}"
    statements = policy(
        managed.one("aws:iam/rolePolicy:RolePolicy", "tracking-policy").inputs["policy"]
    )
    assert "${models-fraud.arn}" in json.dumps(statements)
    logging = {
        name
        for name in managed.all("aws:iam/rolePolicy:RolePolicy")
        if name.startswith("tracking-log-")
    }
    assert logging == {
        f"tracking-log-training-{whose}-access" for whose in ("jobs", "team-vision", "team-speech")
    }


def test_mlflow_of_sagemaker_needs_no_cluster_and_no_models() -> None:
    plan = plan_of(tracking={"server": "managed", "artifactPrefix": "runs/mlflow/"})
    app = plan.one("aws:sagemaker/mlflowApp:MlflowApp")
    assert app.inputs["artifactStoreUri"] == "s3://${artifacts-bucket.bucket}/runs/mlflow"
    assert app.inputs["modelRegistrationMode"] == "AutoModelRegistrationDisabled"


def test_an_existing_database_is_used_and_none_is_created() -> None:
    existing = {
        "host": "db.example.com",
        "secretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:mlflow-a1b2c3",
    }
    plan = plan_of(
        training=TRAINING,
        tracking={"server": "cluster", "cluster": {"database": {"existing": existing}}},
    )
    assert plan.all("aws:rds/instance:Instance") == {}
    assert "db.example.com" in json.dumps(
        plan.one("kubernetes:helm.sh/v3:Release", "tracking-mlflow").inputs["values"]
    )


@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml.BaseLoader])
def test_who_runs_mlflow_is_read_alike_by_every_yaml(loader: Any) -> None:
    tracking = yaml.load("{server: managed}", loader)  # noqa: S506
    read, _ = configuration.read("groundplan", values(tracking=tracking))
    assert read["tracking"]["server"] is TrackingServer.MANAGED


# Services.


def test_a_service_runs_in_its_pool_and_reads_its_models(plan: Plan) -> None:
    pods = plan.one(DEPLOYMENT, "assistant-deployment").inputs["spec"]["template"]["spec"]
    assert pods["nodeSelector"] == {"groundplan/pool": "gpu"}
    (server,) = pods["containers"]
    assert {"--max-model-len=32768", "--enable-prefix-caching"} <= set(server["args"])
    role = plan.one("aws:iam/role:Role", "assistant-access")
    assert role.inputs["tags"]["team"] == "ml"
    identity = plan.one(
        "aws:eks/podIdentityAssociation:PodIdentityAssociation", "assistant-identity"
    )
    assert identity.inputs["clusterName"] == "groundplan-test-training"
    isolation = plan.one(
        "kubernetes:networking.k8s.io/v1:NetworkPolicy", "assistant-network-policy"
    ).inputs["spec"]
    assert '"vision"' in json.dumps(isolation["ingress"])


def test_a_service_whose_model_is_in_its_image_has_no_aws_resources(plan: Plan) -> None:
    component = plan.one("groundplan:index:KubernetesEndpoint", "churn")
    below = {resource.type for resource in plan.manifest if resource.parent == component.urn}
    assert not [kind for kind in below if kind.startswith("aws:")]
    assert plan.one(DEPLOYMENT, "churn-canary-deployment")


def test_services_come_after_prometheus_and_in_the_cluster(plan: Plan) -> None:
    provider = plan.one("pulumi:providers:kubernetes", "services")
    cluster = plan.one("pulumi:providers:kubernetes", "training-kubernetes")
    assert "monitoring-prometheus" in plan.dependencies(provider)
    assert {key: provider.inputs[key] for key in ("kubeconfig", "clusterIdentifier")} == {
        key: cluster.inputs[key] for key in ("kubeconfig", "clusterIdentifier")
    }
    for name in ("assistant", "churn"):
        component = plan.one("groundplan:index:KubernetesEndpoint", name)
        of_cluster = [
            found
            for found in plan.manifest.children(component)
            if found.type.startswith("kubernetes:")
        ]
        assert len(of_cluster) > 5
        assert {found.options["provider"] for found in of_cluster} == {provider.urn}


def test_a_model_for_the_candidate_alone_is_read_from_the_bucket() -> None:
    canary = {"percent": 33, "modelData": "models/churn/2/model.tar.gz"}
    plan = plan_of(training=TRAINING, services={"churn": {"image": IMAGE, "canary": canary}})
    assert (
        "models/churn/"
        in plan.one("aws:iam/rolePolicy:RolePolicy", "churn-access-policy").inputs["policy"]
    )


# What is wrong.


def test_all_problems_of_the_registry_name_the_keys_of_the_stack_file() -> None:
    card = {**CARD, "riskRating": "high"}
    reported = problems(
        training=TRAINING,
        images={
            "repositories": ["Churn"],
            "pullThrough": {"docker-hub": {}},
            "pullAccounts": ["1"],
        },
        models={
            "groups": {"churn": {"card": card, "readAccounts": ["12"]}, "-x": {}},
            "approvalTopicArn": "me",
        },
        tracking={
            "server": "cluster",
            "artifactPrefix": "/mlflow",
            "managed": {},
            "cluster": {"memoryGib": 100, "database": {"backupDays": 60, "instanceClass": "small"}},
        },
        services={
            "Churn": {"image": "churn"},
            "a": {"engine": "vllm", "pool": "gpus", "modelData": "models/a", "accelerators": 1},
            "b": {"image": IMAGE, "pool": "gpu", "accelerators": 8, "scaling": {"max": 1}},
            "c": {"image": IMAGE, "ingress": {"host": "c.example.com"}, "arguments": []},
        },
    )
    assert {
        "images.repositories[0]",
        "images.pullThrough.docker-hub.credentialArn",
        "images.pullAccounts[0]",
        "models.groups.churn.card.riskExplanation",
        "models.groups.churn.readAccounts[0]",
        "models.approvalTopicArn",
        "tracking.artifactPrefix",
        "tracking.managed",
        "tracking.cluster.memoryGib",
        "tracking.cluster.database.backupDays",
        "tracking.cluster.database.instanceClass",
        "services.Churn",
        "services.Churn.image",
        "services.a.pool",
        "services.a.modelData",
        "services.b.accelerators",
        "services.b.scaling.max",
        "services.b.scaling.metric",
        "services.c.ingress.authentication",
        "services.c.ingress.certificateArn",
        "services.c.ingress.fromNetworks",
    } == set(reported)
    assert 'did you mean "gpu"' in reported["services.a.pool"]
    assert "at most 4" in reported["services.b.accelerators"]


@pytest.mark.parametrize(
    ("sections", "key", "words"),
    [
        ({"tracking": {"server": "cluster"}}, "tracking.server", "add training"),
        ({"tracking": {"server": "sagemaker"}}, "tracking.server", "managed, cluster"),
        ({"tracking": {"artifactPrefix": "mlflow/"}}, "tracking.server", "is missing"),
        (
            {"tracking": {"server": "managed", "cluster": {}}},
            "tracking.cluster",
            "set server to cluster",
        ),
        (
            {"tracking": {"server": "managed", "managed": {"registerModels": True}}},
            "tracking.managed.registerModels",
            "add models",
        ),
        ({"services": {"churn": {"image": IMAGE}}}, "services", "add training"),
        ({"models": {"prefix": "ml-"}}, "models.groups", "is missing"),
        ({"models": {"groups": {}}}, "models.groups", "at least one group"),
        ({"images": {"repositories": []}}, "images.repositories", "at least one name"),
        (
            {"images": {"repositories": ["a"], "untagedDays": 3}},
            "images.untagedDays",
            "did you mean untaggedDays",
        ),
        (
            {"training": TRAINING, "services": {"vision": {"image": IMAGE}}},
            "services.vision",
            "rename the service",
        ),
        (
            {"training": TRAINING, "services": {"monitoring": {"image": IMAGE}}},
            "services.monitoring",
            "rename",
        ),
        (
            {
                "training": TRAINING,
                "services": {"mlflow": {"image": IMAGE}},
                "tracking": {"server": "cluster"},
            },
            "services.mlflow",
            "rename the service",
        ),
        (
            {"training": TRAINING, "services": {"churn": {"image": IMAGE, "namespace": "vision"}}},
            "services.churn.namespace",
            "Kueue",
        ),
        (
            {
                "training": TRAINING,
                "tracking": {"server": "cluster", "cluster": {"namespace": "kube-mlflow"}},
            },
            "tracking.cluster.namespace",
            "set another one",
        ),
        (
            {
                "training": {**TRAINING, "pools": {}, "teams": {}},
                "services": {"churn": {"image": IMAGE, "pool": "gpu"}},
            },
            "services.churn.pool",
            "has no pools",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(
    sections: dict[str, Any], key: str, words: str
) -> None:
    reported = problems(**sections)
    assert list(reported) == [key]
    assert words in reported[key]


def test_none_of_it_is_there_without_a_region(tmp_path: pathlib.Path) -> None:
    overrides = values(images=IMAGES, services=SERVICES, platform={"kubeconfig": "{}"})
    both = r"remove images, network\.(?s:.*)objectStore is missing"
    with pytest.raises(InvalidSettings, match=both):
        describe(
            "groundplan",
            "test",
            {key: value for key, value in overrides.items() if key != "aws:region"},
        )


def test_an_endpoint_and_a_service_may_have_one_name(plan: Plan) -> None:
    exported = plan.manifest.outputs
    assert exported["services"]["churn"] == "http://churn.churn.svc"
    endpoints = plan.all("aws:sagemaker/endpoint:Endpoint").values()
    assert exported["endpoints"]["churn"] in {one.inputs["name"] for one in endpoints}
