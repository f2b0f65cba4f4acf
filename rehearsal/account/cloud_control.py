"""Cloud Control and the tagging API, as `groundplan drift` asks them: what each
resource of the plan is in the account.

Cloud Control reads with the permissions of its caller (Cloud Control API User Guide,
"How resource operations work"): those that the schema of the type names for its read
handler (registry of CloudFormation, as pulumi-aws-native has it, 7 August 2026).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from groundplan import catalog
from groundplan.manifest import state as states
from groundplan.manifest.model import Manifest, Resource
from groundplan.operations.drift.types import READABLE

from rehearsal.account import deployed_state
from rehearsal.account.names import ARNS, Names
from rehearsal.account.sagemaker import refusal
from rehearsal.permissions.guard import Guard
from rehearsal.permissions.policies import Need

HANDLERS: Mapping[str, str] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": (
        "application-autoscaling:DescribeScalableTargets "
        "application-autoscaling:DescribeScheduledActions"
    ),
    "AWS::CloudWatch::Alarm": "cloudwatch:DescribeAlarms cloudwatch:ListTagsForResource",
    "AWS::EC2::EIP": "ec2:DescribeAddresses",
    "AWS::EC2::InternetGateway": "ec2:DescribeInternetGateways",
    "AWS::EC2::NatGateway": "ec2:DescribeNatGateways",
    "AWS::EC2::RouteTable": "ec2:DescribeRouteTables",
    "AWS::EC2::SecurityGroup": "ec2:DescribeSecurityGroups",
    "AWS::EC2::SecurityGroupEgress": "ec2:DescribeSecurityGroupRules",
    "AWS::EC2::SecurityGroupIngress": ("ec2:DescribeSecurityGroups ec2:DescribeSecurityGroupRules"),
    "AWS::EC2::Subnet": "ec2:DescribeSubnets ec2:DescribeNetworkAcls",
    "AWS::EC2::VPC": (
        "ec2:DescribeNetworkAcls ec2:DescribeSecurityGroups ec2:DescribeVpcAttribute "
        "ec2:DescribeVpcEncryptionControls ec2:DescribeVpcs"
    ),
    # That of vpc-lattice is for endpoints of service networks, which are none of ours.
    "AWS::EC2::VPCEndpoint": (
        "ec2:DescribeVpcEndpoints ec2:DescribeSubnets ec2:DescribeSecurityGroups ec2:DescribeVpcs"
    ),
    "AWS::ECR::Repository": (
        "ecr:DescribeRepositories ecr:GetLifecyclePolicy ecr:GetRepositoryPolicy "
        "ecr:ListTagsForResource"
    ),
    "AWS::EKS::Addon": "eks:DescribeAddon",
    "AWS::EKS::Cluster": "eks:DescribeCluster",
    "AWS::EKS::Nodegroup": "eks:DescribeNodegroup",
    "AWS::EKS::PodIdentityAssociation": "eks:DescribePodIdentityAssociation",
    # Its schema names iam:PassRole too, which a read does not use.
    "AWS::Events::Rule": "events:DescribeRule events:ListTargetsByRule events:ListTagsForResource",
    "AWS::IAM::Role": (
        "iam:GetRole iam:ListAttachedRolePolicies iam:ListRolePolicies iam:GetRolePolicy"
    ),
    "AWS::IAM::RolePolicy": "iam:GetRolePolicy",
    "AWS::KMS::Alias": "kms:ListAliases",
    "AWS::KMS::Key": (
        "kms:DescribeKey kms:GetKeyPolicy kms:GetKeyRotationStatus kms:ListResourceTags"
    ),
    "AWS::Lambda::Function": (
        "lambda:GetFunction lambda:GetFunctionCodeSigningConfig "
        "lambda:GetFunctionRecursionConfig lambda:GetRuntimeManagementConfig "
        "lambda:GetFunctionScalingConfig"
    ),
    "AWS::Logs::LogGroup": (
        "logs:DescribeLogGroups logs:ListTagsForResource logs:GetDataProtectionPolicy "
        "logs:DescribeIndexPolicies logs:DescribeResourcePolicies"
    ),
    "AWS::RDS::DBInstance": (
        "ec2:DescribeAccountAttributes ec2:DescribeAvailabilityZones "
        "ec2:DescribeInternetGateways ec2:DescribeSecurityGroups ec2:DescribeSubnets "
        "ec2:DescribeVpcAttribute ec2:DescribeVpcs rds:DescribeDBInstances"
    ),
    "AWS::S3::Bucket": (
        "s3:GetAccelerateConfiguration s3:GetLifecycleConfiguration "
        "s3:GetBucketPublicAccessBlock s3:GetAnalyticsConfiguration s3:GetBucketCORS "
        "s3:GetEncryptionConfiguration s3:GetInventoryConfiguration s3:GetBucketLogging "
        "s3:GetMetricsConfiguration s3:GetBucketNotification s3:GetBucketVersioning "
        "s3:GetReplicationConfiguration s3:GetBucketWebsite "
        "s3:GetBucketObjectLockConfiguration s3:GetBucketTagging s3:ListTagsForResource "
        "s3:GetBucketAbac s3:GetBucketOwnershipControls "
        "s3:GetIntelligentTieringConfiguration s3:GetBucketMetadataTableConfiguration "
        "s3:ListBucket"
    ),
    "AWS::S3::BucketPolicy": "s3:GetBucketPolicy",
    "AWS::SNS::Topic": (
        "sns:GetTopicAttributes sns:ListTagsForResource sns:ListSubscriptionsByTopic "
        "sns:GetDataProtectionPolicy"
    ),
    "AWS::SQS::Queue": "sqs:GetQueueAttributes sqs:ListQueueTags",
    "AWS::Scheduler::Schedule": "scheduler:GetSchedule",
    # Its schema names secretsmanager:GetSecretValue too: a read returns no value.
    "AWS::SecretsManager::Secret": "secretsmanager:DescribeSecret",
    "AWS::StepFunctions::StateMachine": "states:DescribeStateMachine states:ListTagsForResource",
}
"""Type -> the actions of its read handler."""
DECRYPTED = {
    "aws:lambda/function:Function": ("lambda", "kmsKeyArn"),
    "aws:sfn/stateMachine:StateMachine": ("states", "encryptionConfiguration.kmsKeyId"),
}
"""Type -> the service that decrypts what its read returns, and the input with the key
(Step Functions Developer Guide, "Data at rest encryption")."""


@dataclass
class CloudControl:
    """What the account has of a plan, by Cloud Control's type and identifier."""

    guard: Guard
    names: Names
    region: str
    _there: dict[tuple[str, str], list[Resource]] = field(default_factory=dict)
    changed: dict[str, dict[str, Any]] = field(default_factory=dict)
    """URN -> what somebody changed by hand: path of the input -> value."""
    unmanaged: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """ARN -> tags of what no plan has."""
    _tagged: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """ARN -> tags."""

    def deployed(self, manifest: Manifest) -> None:
        """Adds the resources of a plan."""
        text = deployed_state.export(manifest, self.names)
        for resource in states.manifest(json.loads(text), manifest.stack):
            readable = READABLE.get(resource.type)
            if readable is not None:
                key = readable.type, readable.identifier(resource)
                self._there.setdefault(key, []).append(resource)
            tags = resource.inputs.get("tags")
            if resource.custom and tags and catalog.key(resource.type) in ARNS:
                self._tagged[str(resource.outputs["arn"])] = tags

    def call(self, operation: str, params: Mapping[str, Any]) -> Any:
        """Answers GetResource, with the permissions of the caller."""
        found = self._there.get((params["TypeName"], params["Identifier"]), [])
        if operation != "GetResource" or not found:
            raise refusal("ResourceNotFoundException", f"{params} was not found", operation)
        self.guard.require(*self._needs(params["TypeName"], found[0]))
        properties: dict[str, Any] = {}
        for resource in found:
            for path, value in self._properties(resource):
                _put(properties, path.split("."), value)
        text = json.dumps(properties)
        description = {"Identifier": params["Identifier"], "Properties": text}
        return {"TypeName": params["TypeName"], "ResourceDescription": description}

    def tagged(self, _operation: str, params: Mapping[str, Any]) -> Any:
        """Answers GetResources of the tagging API."""
        wanted = {f["Key"]: f["Values"] for f in params.get("TagFilters", ())}
        found = [
            {"ResourceARN": arn, "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}
            for arn, tags in {**self._tagged, **self.unmanaged}.items()
            if all(tags.get(key) in values for key, values in wanted.items())
        ]
        return {"ResourceTagMappingList": found}

    def _needs(self, token: str, resource: Resource) -> Iterator[Need]:
        arn = str(resource.outputs.get("arn", "*"))
        yield from (Need(a, arn, _tags(resource.inputs)) for a in HANDLERS[token].split())
        service, path = DECRYPTED.get(resource.type, ("", ""))
        key = _at(resource.inputs, path.split(".")) if path else None
        if key:
            context = _tags({"tags": self._tagged.get(str(key), {})})
            context["kms:ViaService"] = f"{service}.{self.region}.amazonaws.com"
            yield Need("kms:Decrypt", str(key), context)

    def _properties(self, resource: Resource) -> Iterator[tuple[str, Any]]:
        readable = READABLE[resource.type]
        by_hand = self.changed.get(resource.urn, {})
        for path, live in readable.properties.items():
            value = by_hand.get(path, _at(resource.inputs, path.split(".")))
            if value is not None:
                yield live, value
        if readable.tags:
            tags = resource.inputs.get("tags") or {}
            yield "Tags", [{"Key": key, "Value": value} for key, value in tags.items()]


def _tags(inputs: Mapping[str, Any]) -> dict[str, str]:
    return {f"aws:ResourceTag/{k}": str(v) for k, v in (inputs.get("tags") or {}).items()}


def _at(data: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(data, list) and len(data) == 1:
            data = data[0]
        data = data.get(step) if isinstance(data, Mapping) else None
    return data


def _put(data: dict[str, Any], steps: list[str], value: Any) -> None:
    for step in steps[:-1]:
        data = data.setdefault(step, {})
    data[steps[-1]] = value
