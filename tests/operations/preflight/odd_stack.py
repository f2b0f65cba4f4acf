"""A stack with what the environments of this repository do not have."""

import json
from typing import Any

from groundplan.manifest.model import Manifest, Resource

REGION = "eu-west-1"
SUBNETS = ["subnet-0aaaaaaaaaaaaaaa1", "subnet-0aaaaaaaaaaaaaaa2"]
RUNTIME = "python3.13"


UNRECORDED = [
    "aws:autoscaling/group:Group",
    "aws:ec2/instance:Instance",
    "aws:sagemaker/notebookInstance:NotebookInstance",
]
"""Types of the stack by whose calls nobody knows what permissions they need."""


def urn(name: str, token: str) -> str:
    return f"urn:pulumi:odd::odd::{token}::{name}"


def resource(name: str, token: str, inputs: dict[str, Any], *after: str) -> Resource:
    return Resource(
        urn(name, token),
        token,
        name,
        None,
        True,
        inputs,
        dependencies=after,
        source=f"infra/odd.py:{len(name)}",
    )


def _task(api: str, parameters: dict[str, Any], following: str = "") -> dict[str, Any]:
    end: dict[str, Any] = {"Next": following} if following else {"End": True}
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::sagemaker:{api}.sync",
        "Parameters": parameters,
        **end,
    }


DEFINITION = {
    "StartAt": "Process",
    "States": {
        "Process": _task(
            "createProcessingJob",
            {
                "ProcessingResources": {
                    "ClusterConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 2}
                }
            },
            "Train",
        ),
        "Train": _task(
            "createTrainingJob",
            {"ResourceConfig": {"InstanceType": "ml.g5.xlarge", "InstanceCount": 2}},
            "TrainOnSpot",
        ),
        "TrainOnSpot": _task(
            "createTrainingJob",
            {
                "EnableManagedSpotTraining": True,
                "ResourceConfig": {"InstanceType": "ml.g5.2xlarge", "InstanceCount": 1},
            },
            "Transform",
        ),
        "Transform": _task(
            "createTransformJob",
            {"TransformResources": {"InstanceType": "ml.c5.xlarge", "InstanceCount": 3}},
        ),
    },
}

CLUSTER = "aws:eks/cluster:Cluster"


def manifest() -> Manifest:
    """A cluster in existing subnets, groups, instances, jobs, and things with names."""
    cluster = resource(
        "odd-cluster",
        CLUSTER,
        {
            "name": "odd",
            "version": "1.36",
            "upgradePolicy": {"supportType": "STANDARD"},
            "vpcConfig": {
                "endpointPublicAccess": True,
                "publicAccessCidrs": ["203.0.113.0/24"],
                "subnetIds": SUBNETS,
            },
        },
    )
    provider = resource(
        "odd-kubernetes", "pulumi:providers:kubernetes", {"kubeconfig": "${odd-cluster.endpoint}"}
    )
    template = resource(
        "odd-template",
        "aws:ec2/launchTemplate:LaunchTemplate",
        {"instanceType": "inf2.xlarge", "imageId": "ami-0aaaaaaaaaaaaaaa1"},
    )
    namespace = Resource(
        urn("odd-namespace", "kubernetes:core/v1:Namespace"),
        "kubernetes:core/v1:Namespace",
        "odd-namespace",
        None,
        True,
        {"metadata": {"name": "odd"}},
        options={"provider": provider.urn},
        dependencies=(cluster.urn,),
    )
    others = [
        resource(
            "odd-nodes",
            "aws:eks/nodeGroup:NodeGroup",
            {
                "clusterName": "odd",
                "instanceTypes": ["p4d.24xlarge"],
                "scalingConfig": {"minSize": 1, "desiredSize": 1, "maxSize": 2},
                "subnetIds": SUBNETS,
            },
            cluster.urn,
        ),
        resource(
            "odd-group",
            "aws:autoscaling/group:Group",
            {
                "launchTemplate": {"id": "${odd-template.id}"},
                "minSize": 1,
                "maxSize": 3,
                "vpcZoneIdentifiers": SUBNETS[:1],
            },
            template.urn,
        ),
        resource(
            "odd-instance",
            "aws:ec2/instance:Instance",
            {
                "instanceType": "x2idn.16xlarge",
                "ami": "ami-0aaaaaaaaaaaaaaa2",
                "subnetId": SUBNETS[0],
            },
        ),
        resource(
            "odd-security-group",
            "aws:ec2/securityGroup:SecurityGroup",
            {"vpcId": "vpc-0aaaaaaaaaaaaaaa1"},
        ),
        resource("odd-vpc", "aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"}),
        resource("odd-address", "aws:ec2/eip:Eip", {}),
        resource("odd-gateway", "aws:ec2/internetGateway:InternetGateway", {}),
        resource("odd-nat", "aws:ec2/natGateway:NatGateway", {"subnetId": "${odd-subnet.id}"}),
        resource(
            "odd-subnet",
            "aws:ec2/subnet:Subnet",
            {"availabilityZone": "eu-west-1a", "cidrBlock": "10.0.0.0/24"},
        ),
        resource(
            "odd-notebook",
            "aws:sagemaker/notebookInstance:NotebookInstance",
            {"instanceType": "ml.t3.medium"},
        ),
        resource(
            "odd-machine",
            "aws:sfn/stateMachine:StateMachine",
            {"definition": json.dumps(DEFINITION)},
        ),
        resource(
            "odd-function",
            "aws:lambda/function:Function",
            {"name": "odd", "runtime": RUNTIME, "reservedConcurrentExecutions": 50},
        ),
        resource("odd-role", "aws:iam/role:Role", {"name": "odd-role"}),
        resource("odd-bucket", "aws:s3/bucket:Bucket", {"bucket": "odd-bucket"}),
        resource("odd-secret", "aws:secretsmanager/secret:Secret", {"name": "odd-secret"}),
        resource("odd-queue", "aws:sqs/queue:Queue", {"name": "odd-queue"}),
        resource("odd-database", "aws:rds/instance:Instance", {"identifier": "odd-database"}),
        resource(
            "odd-catalog", "aws:glue/catalogDatabase:CatalogDatabase", {"name": "odd_catalog"}
        ),
        resource(
            "odd-packages",
            "aws:sagemaker/modelPackageGroup:ModelPackageGroup",
            {"modelPackageGroupName": "odd-packages"},
        ),
    ]
    every = [cluster, provider, template, namespace, *others]
    return Manifest(
        "odd", "odd", tuple(sorted(every, key=lambda each: each.urn)), aws_region=REGION
    )
