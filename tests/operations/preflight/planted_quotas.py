"""Quotas that are too small: each in a world of a stack."""

from planting import (
    CPUS,
    DEV,
    G5,
    ODD,
    RICH,
    SCALING,
    Planted,
    busy,
    endpoint,
    full,
    jobs,
    quota,
    sagemaker,
)

QUOTAS: tuple[Planted, ...] = (
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
)
