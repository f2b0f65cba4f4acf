"""Obstacles: each in a world of a stack, and at the resource that meets it."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import odd_stack
from account_world import World
from groundplan.operations.preflight.finding import Stage

UP, SCALING, LATER = Stage.UP, Stage.SCALING, Stage.LATER
SOON = datetime.datetime(2026, 12, 1, tzinfo=datetime.UTC)
AGO = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
EFA = "cr-0123456789abcdef0"
BLOCK = "cr-0123456789abcdef1"


@dataclass(frozen=True)
class Planted:
    """One obstacle."""

    label: str
    stack: str
    plant: Callable[[World], Any]
    at: str
    """The resource whose step fails."""
    says: str
    """A part of the finding's need or limit."""
    stage: Stage = UP


def quota(service: str, code: str, value: float) -> Callable[[World], Any]:
    return lambda world: world.quotas.__setitem__((service, code), value)


def sagemaker(name: str, value: float) -> Callable[[World], Any]:
    return quota("sagemaker", f"L-{name}", value)


def full(service: str, operation: str, entry: Any, count: int, code: str) -> Callable[[World], Any]:
    """As many as the quota allows are there already."""

    def plant(world: World) -> None:
        world.lists[service, operation] = [entry] * count
        world.quotas["vpc" if code in ("L-F678F1CE", "L-A4707A72") else service, code] = count

    return plant


def busy(kind: str, count: int, code: str, value: float, **more: Any) -> Callable[[World], Any]:
    def plant(world: World) -> None:
        world.run_instances(kind, count, **more)
        world.quotas["ec2", code] = value

    return plant


def reservation(id_: str, **values: Any) -> Callable[[World], Any]:
    return lambda world: world.reservations[id_].update(values)


def take(token: str, name: str) -> Callable[[World], Any]:
    return lambda world: world.take(token, name)


def add(attribute: str, value: Any) -> Callable[[World], Any]:
    return lambda world: getattr(world, attribute).add(value)


def jobs(kind: str, shape: str, detail: dict[str, Any], name: str, value: float) -> Any:
    """A job that runs and uses the quota."""

    def plant(world: World) -> None:
        world.lists["sagemaker", f"list_{kind}_jobs"] = [{f"{shape}Name": "another"}]
        setattr(world, f"_sagemaker_describe_{kind}_job", lambda _region, _request: detail)
        world.quotas["sagemaker", f"L-{name}"] = value

    return plant


def endpoint(entry: str, name: str, value: float) -> Callable[[World], Any]:
    def plant(world: World) -> None:
        world.lists["sagemaker", "list_endpoints"] = [{"EndpointName": entry}]
        world.quotas["sagemaker", f"L-{name}"] = value

    return plant


CPUS = {"CoreCount": 4, "ThreadsPerCore": 2}
ODD, RICH, KUBERNETES, DEV = "odd", "rich-sagemaker", "rich-kubernetes", "dev"
G5 = "ml.g5.xlarge for endpoint usage"

PLANTED = (
    # Quotas of EC2: 7 m7i.large of 2 vCPUs and 5 c7i.8xlarge of 32 are 168 at most.
    Planted(
        "standard now", RICH, quota("ec2", "L-1216C47A", 3), "training-system-nodes", "4 vCPUs"
    ),
    Planted(
        "standard at most",
        RICH,
        quota("ec2", "L-1216C47A", 167),
        "training-cpu-nodes",
        "168 vCPUs",
        SCALING,
    ),
    Planted("spot G", RICH, quota("ec2", "L-3819A6DF", 47), "training-gpu-nodes", "48 vCPUs"),
    Planted(
        "spot G at most",
        RICH,
        quota("ec2", "L-3819A6DF", 191),
        "training-gpu-nodes",
        "192 vCPUs",
        SCALING,
    ),
    Planted(
        "Trn", RICH, quota("ec2", "L-2C3B7624", 15), "training-neuron-nodes", "16 vCPUs", SCALING
    ),
    Planted(
        "Karpenter",
        RICH,
        quota("ec2", "L-DB2E81BA", 31),
        "training-burst-node-pool",
        "32 vCPUs",
        SCALING,
    ),
    Planted("P", ODD, quota("ec2", "L-417A185B", 95), "odd-nodes", "96 vCPUs"),
    Planted("P at most", ODD, quota("ec2", "L-417A185B", 191), "odd-nodes", "192 vCPUs", SCALING),
    Planted("Inf", ODD, quota("ec2", "L-1945791B", 3), "odd-group", "4 vCPUs"),
    Planted("X", ODD, quota("ec2", "L-7295265B", 63), "odd-instance", "64 vCPUs"),
    Planted(
        "P in use by others",
        ODD,
        busy("p3.2xlarge", 1, "L-417A185B", 96, CpuOptions=CPUS),
        "odd-nodes",
        "8 used by others",
    ),
    Planted(
        "spot in use by others",
        RICH,
        busy("g6.xlarge", 1, "L-3819A6DF", 51, InstanceLifecycle="spot"),
        "training-gpu-nodes",
        "4 used by others",
    ),
    # Quotas of SageMaker.
    Planted("endpoint now", RICH, sagemaker(G5, 0), "batchy-endpoint", "1 instances"),
    Planted(
        "two variants",
        RICH,
        sagemaker("ml.c5.xlarge for endpoint usage", 4),
        "ab-endpoint",
        "5 instances",
    ),
    Planted(
        "endpoint at most",
        RICH,
        sagemaker("ml.m5.xlarge for endpoint usage", 11),
        "churn-endpoint",
        "instances",
        SCALING,
    ),
    Planted(
        "another endpoint",
        RICH,
        endpoint("ml.g5.xlarge*3", G5, 3),
        "batchy-endpoint",
        "3 used by others",
    ),
    Planted(
        "notebook",
        ODD,
        sagemaker("ml.t3.medium for notebook instance usage", 0),
        "odd-notebook",
        "1 instances",
    ),
    Planted(
        "training",
        ODD,
        sagemaker("ml.g5.xlarge for training job usage", 1),
        "odd-machine",
        "2 instances",
        SCALING,
    ),
    Planted(
        "spot training",
        ODD,
        sagemaker("ml.g5.2xlarge for spot training job usage", 0),
        "odd-machine",
        "1 instances",
        SCALING,
    ),
    Planted(
        "processing",
        ODD,
        sagemaker("ml.m5.xlarge for processing job usage", 1),
        "odd-machine",
        "2 instances",
        SCALING,
    ),
    Planted(
        "transform",
        ODD,
        sagemaker("ml.c5.xlarge for transform job usage", 2),
        "odd-machine",
        "3 instances",
        SCALING,
    ),
    Planted(
        "training by others",
        ODD,
        jobs(
            "training",
            "TrainingJob",
            {"ResourceConfig": {"InstanceType": "ml.g5.xlarge", "InstanceCount": 1}},
            "ml.g5.xlarge for training job usage",
            2,
        ),
        "odd-machine",
        "1 used by others",
        SCALING,
    ),
    # What is counted.
    Planted(
        "addresses",
        ODD,
        full("ec2", "describe_addresses", {}, 5, "L-0263D0A3"),
        "odd-address",
        "1 addresses",
    ),
    Planted(
        "VPCs",
        ODD,
        full("ec2", "describe_vpcs", {"VpcId": "vpc-9"}, 5, "L-F678F1CE"),
        "odd-vpc",
        "1 VPCs",
    ),
    Planted(
        "internet gateways",
        ODD,
        full("ec2", "describe_internet_gateways", {}, 5, "L-A4707A72"),
        "odd-gateway",
        "1 internet gateways",
    ),
    Planted(
        "clusters",
        ODD,
        full("eks", "list_clusters", "x", 100, "L-1194D53C"),
        "odd-cluster",
        "1 clusters",
    ),
    Planted(
        "node groups",
        ODD,
        full("eks", "list_nodegroups", "x", 30, "L-6D54EA21"),
        "odd-nodes",
        "1 node groups of odd",
    ),
    Planted(
        "three addresses", DEV, quota("ec2", "L-0263D0A3", 0), "network-nat-1-address", "addresses"
    ),
    Planted(
        "NAT gateways", ODD, quota("vpc", "L-FE5A380F", 0), "odd-nat", "NAT gateways in eu-west-1a"
    ),
    Planted(
        "Lambda",
        ODD,
        lambda w: setattr(w, "concurrency", (140, 140)),
        "odd-function",
        "50 concurrent executions",
    ),
    Planted("roles", ODD, lambda w: setattr(w, "roles", 1000), "odd-role", "1 roles"),
    # Offerings and zones.
    Planted(
        "no region",
        ODD,
        add("not_offered", ("p4d.24xlarge", "*")),
        "odd-nodes",
        "does not offer it",
    ),
    Planted(
        "no such zone for one subnet",
        ODD,
        add("not_offered", ("inf2.xlarge", "eu-west-1a")),
        "odd-group",
        "inf2.xlarge in eu-west-1a",
    ),
    Planted(
        "Karpenter's type",
        RICH,
        add("not_offered", ("g6.xlarge", "*")),
        "training-burst-node-pool",
        "g6.xlarge",
    ),
    Planted("a zone", ODD, lambda w: setattr(w, "zones", ["b", "c"]), "odd-subnet", "eu-west-1a"),
    # Subnets and VPCs.
    Planted(
        "few addresses",
        ODD,
        lambda w: w.free_addresses.update({odd_stack.SUBNETS[0]: 120}),
        "odd-group",
        "30 addresses: 1 nodes x 30, and 100 of other pools",
    ),
    Planted(
        "control plane",
        KUBERNETES,
        lambda w: w.free_addresses.update({"subnet-0123456789abcdef1": 5}),
        "training-cluster",
        "6 free addresses",
    ),
    Planted(
        "no such VPC",
        ODD,
        add("missing_vpcs", "vpc-0aaaaaaaaaaaaaaa1"),
        "odd-security-group",
        "no such VPC",
    ),
    # Reservations and Capacity Blocks.
    Planted(
        "no reservation",
        RICH,
        lambda w: w.reservations.pop(EFA),
        "training-efa-nodes",
        EFA,
        SCALING,
    ),
    Planted(
        "expired",
        RICH,
        reservation(EFA, State="expired"),
        "training-efa-nodes",
        "it is expired",
        SCALING,
    ),
    Planted(
        "cancelled",
        RICH,
        reservation(EFA, State="cancelled"),
        "training-efa-nodes",
        "cancelled",
        SCALING,
    ),
    Planted(
        "block over",
        RICH,
        reservation(BLOCK, EndDate=AGO),
        "training-block-nodes",
        "ended 2026-11-01",
        SCALING,
    ),
    Planted(
        "block not begun",
        RICH,
        reservation(BLOCK, StartDate=SOON, State="scheduled"),
        "training-block-nodes",
        "starts on 2026-12-01",
        SCALING,
    ),
    Planted(
        "block ends",
        RICH,
        reservation(BLOCK, EndDate=SOON),
        "training-block-nodes",
        "ends on",
        LATER,
    ),
    Planted(
        "another type",
        RICH,
        reservation(EFA, InstanceType="p4d.24xlarge"),
        "training-efa-nodes",
        "p4d.24xlarge",
        SCALING,
    ),
    Planted(
        "another zone",
        RICH,
        reservation(EFA, AvailabilityZone="us-west-2d"),
        "training-efa-nodes",
        "us-west-2d",
        SCALING,
    ),
    Planted(
        "too few",
        RICH,
        reservation(EFA, TotalInstanceCount=1),
        "training-efa-nodes",
        "has 1",
        SCALING,
    ),
    # Images and charts.
    Planted("tag", RICH, add("missing_images", "churn:1"), "churn-model", "no such image"),
    Planted("repository", RICH, add("missing_images", "batchy"), "batchy-model", "no such image"),
    Planted(
        "public image",
        KUBERNETES,
        add("missing_pages", "vllm/vllm-openai/manifests"),
        "chat-deployment",
        "vllm",
    ),
    Planted(
        "AMI", ODD, add("missing_images", "ami-0aaaaaaaaaaaaaaa1"), "odd-template", "no such image"
    ),
    Planted(
        "AMI of an instance",
        ODD,
        add("missing_images", "ami-0aaaaaaaaaaaaaaa2"),
        "odd-instance",
        "ami-",
    ),
    Planted(
        "chart",
        RICH,
        add("missing_pages", "dcgm-exporter/helm-charts"),
        "monitoring-dcgm-exporter",
        "no such version",
    ),
    # Versions.
    Planted(
        "Kubernetes",
        ODD,
        lambda w: w.kubernetes.remove("1.36"),
        "odd-cluster",
        "EKS in eu-west-1 has 1.34",
    ),
    Planted(
        "add-on", RICH, add("missing_addons", "coredns"), "training-coredns", "no such version"
    ),
    # Permissions.
    Planted(
        "no permission",
        ODD,
        lambda w: w.denied_actions.update({"eks:CreateCluster": "implicitDeny"}),
        "odd-cluster",
        "no policy allows it",
    ),
    Planted(
        "denied",
        RICH,
        lambda w: w.denied_actions.update({"iam:PassRole": "explicitDeny"}),
        "",
        "an explicit deny",
    ),
    # Names.
    *(
        Planted(f"name of {at}", ODD, take(token, name), at, f"the name {name}")
        for at, token, name in (
            ("odd-bucket", "aws:s3/bucket:Bucket", "odd-bucket"),
            ("odd-role", "aws:iam/role:Role", "odd-role"),
            ("odd-secret", "aws:secretsmanager/secret:Secret", "odd-secret"),
            ("odd-queue", "aws:sqs/queue:Queue", "odd-queue"),
            ("odd-database", "aws:rds/instance:Instance", "odd-database"),
            ("odd-catalog", "aws:glue/catalogDatabase:CatalogDatabase", "odd_catalog"),
            ("odd-packages", "aws:sagemaker/modelPackageGroup:ModelPackageGroup", "odd-packages"),
        )
    ),
    *(
        Planted(f"name of {at}", DEV, take(token, name), at, f"the name {name}")
        for at, token, name in (
            ("churn-endpoint", "aws:sagemaker/endpoint:Endpoint", "groundplan-dev-churn"),
            (
                "training-control-plane-logs",
                "aws:cloudwatch/logGroup:LogGroup",
                "/aws/eks/groundplan-dev-training/cluster",
            ),
            ("churn-disk", "aws:cloudwatch/metricAlarm:MetricAlarm", "groundplan-dev-churn-disk"),
        )
    ),
    # The API server.
    Planted(
        "another address",
        ODD,
        lambda w: setattr(w, "address", "198.51.100.1"),
        "odd-namespace",
        "198.51.100.1",
    ),
    Planted(
        "unreachable",
        RICH,
        add("unreachable", "abc.gr7.eu-west-1.eks.amazonaws.com"),
        "monitoring-namespace",
        "can't be opened",
    ),
)
