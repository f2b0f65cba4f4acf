"""Obstacles: each in a world of a stack, and at the resource that meets it."""

import odd_stack
from planted_quotas import QUOTAS
from planting import (
    AGO,
    BLOCK,
    DEV,
    EFA,
    KUBERNETES,
    LATER,
    ODD,
    RICH,
    SCALING,
    SOON,
    Planted,
    add,
    reservation,
    take,
)

PLANTED: tuple[Planted, ...] = (
    *QUOTAS,
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
