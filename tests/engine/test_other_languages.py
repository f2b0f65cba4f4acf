"""The library as other languages use it: through a package that Pulumi generates, and a
plugin that constructs the components.

The package is the Python one, as the engine of the tests has no other language; its
requests to the engine are the same.
"""

import json
import shutil
import textwrap
from collections.abc import Callable
from typing import Any

import groundplan
import pytest
from groundplan.testing import deploy
from real_engine import Engine

PROGRAM = """
    import pulumi
    import pulumi_kubernetes as kubernetes
    from pulumi_groundplan import (
        ArtifactBucket, CapacityType, ModelEndpoint, MonitoringStack, NatGateways, Network,
        SubscriberProtocol, TrainingCluster
    )

    network = Network("network", nat_gateways=NatGateways.SINGLE, zone_count=2)
    data = ArtifactBucket("data", lifecycle={"expire": {"scratch/": 14}})
    training = TrainingCluster(
        "training",
        private_subnet_ids=network.private_subnet_ids,
        administrators=["arn:aws:iam::111122223333:role/platform"],
        pools={
            "gpu": {
                "instance_type": "g5.xlarge",
                "max_size": 4,
                "capacity_type": CapacityType.SPOT,
            }
        },
    )
    fraud = ModelEndpoint(
        "fraud",
        image="111122223333.dkr.ecr.us-east-1.amazonaws.com/fraud:1.2.3",
        instance_type="ml.m5.large",
        model_data="models/fraud/3/model.tar.gz",
        artifacts={
            "bucket_name": data.bucket_name,
            "bucket_arn": data.bucket_arn,
            "kms_key_arn": data.kms_key_arn,
        },
        network={"vpc_id": network.vpc_id, "subnet_ids": network.private_subnet_ids},
    )
    inside = kubernetes.Provider("inside", kubeconfig=training.kubeconfig)
    monitoring = MonitoringStack(
        "monitoring",
        subscribers={"us": {"protocol": SubscriberProtocol.EMAIL, "endpoint": "ml@example.com"}},
        endpoints={"fraud": {"endpoint_name": fraud.endpoint_name}},
        cluster={"cluster_name": training.cluster_name},
        opts=pulumi.ResourceOptions(providers=[inside]),
    )
    pulumi.export("vpc", network.vpc_id)
    pulumi.export("alarms", monitoring.alarm_names)
"""


@pytest.fixture
def consumer(engine: Callable[[str], Engine]) -> Callable[[str], Engine]:
    """Creates a project that uses the generated package only."""

    def create(program: str) -> Engine:
        project = engine("dev")
        folder = project.folder / "infra"
        shutil.rmtree(folder)
        plugin = project.folder.parent / "plugins/pulumi-resource-groundplan"
        project.run(
            "package",
            "gen-sdk",
            str(plugin),
            "--language",
            "python",
            "--out",
            str(project.folder / "sdk"),
        )
        shutil.copytree(
            project.folder / "sdk/python/pulumi_groundplan", folder / "pulumi_groundplan"
        )
        installed = (
            folder / "pulumi_groundplan.dist-info/METADATA"
        )  # the package reads its own version
        installed.parent.mkdir()
        installed.write_text(
            "Metadata-Version: 2.1\nName: pulumi_groundplan\nVersion: 0.1.0\n", encoding="utf-8"
        )
        (folder / "__main__.py").write_text(textwrap.dedent(program), encoding="utf-8")
        return project

    return create


def test_the_generated_package_creates_all_components_and_a_preview_is_unchanged(
    consumer: Callable[[str], Engine],
) -> None:
    project = consumer(PROGRAM)
    project.run("up", "--yes", "--skip-preview")

    state: list[dict[str, Any]] = json.loads(project.run("stack", "export"))["deployment"][
        "resources"
    ]
    by_plugin = {
        r["urn"]: r.get("protect", False)
        for r in state
        if "groundplan:index:ArtifactBucket" in r["urn"]
    }
    args: groundplan.ArtifactBucketArgs = {"lifecycle": {"expire": {"scratch/": 14}}}
    by_python = deploy(
        lambda: groundplan.ArtifactBucket("data", args), project="groundplan", stack="dev"
    ).manifest
    assert by_plugin == {resource.urn: bool(resource.option("protect")) for resource in by_python}

    outputs = project.json("stack", "output")
    assert outputs["vpc"] == "network-vpc-id"
    assert "${monitoring-endpoint-fraud-errors.name}" in outputs["alarms"]
    steps = project.json("preview")["steps"]
    # The project refreshes before each update: a refresh changes nothing.
    changing = [step for step in steps if step["op"] not in ("same", "refresh")]
    assert [(step["urn"], step["op"], step.get("diffReasons")) for step in changing] == []


def test_invalid_arguments_are_reported_without_the_plugins_stack_trace(
    consumer: Callable[[str], Engine],
) -> None:
    output = consumer(
        "import pulumi_groundplan\npulumi_groundplan.Network('network', zone_count=9)"
    ).run("preview", fails=True)

    assert 'Network "network" has invalid arguments: 1 problem.' in output
    assert "zone_count is 9. Allowed: a whole number from 1 to 6 (zones)." in output
    assert "components/groundplan" not in output
