"""Whether the caller may create what a stack registers, by IAM's policy simulation."""

import re
from collections.abc import Iterator, Mapping, Sequence

from groundplan.manifest.model import Resource
from groundplan.operations.preflight.finding import Finding, Unchecked
from groundplan.operations.preflight.plan import Plan
from groundplan.operations.preflight.reader import Missing, Reader, entries

CHECK = "permissions"
REGION = "us-east-1"
AT_ONCE = 50
"""Actions of one simulation; the API returns at most 1000 results."""

ACTIONS: Mapping[str, str] = {
    "aws:amp/workspace:Workspace": "aps:CreateWorkspace",
    "aws:appautoscaling/policy:Policy": "application-autoscaling:PutScalingPolicy",
    "aws:appautoscaling/target:Target": "application-autoscaling:RegisterScalableTarget",
    "aws:athena/workgroup:Workgroup": "athena:CreateWorkGroup",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": "cloudwatch:PutCompositeAlarm",
    "aws:cloudwatch/dashboard:Dashboard": "cloudwatch:PutDashboard",
    "aws:cloudwatch/eventRule:EventRule": "events:PutRule",
    "aws:cloudwatch/eventTarget:EventTarget": "events:PutTargets",
    "aws:cloudwatch/logGroup:LogGroup": "logs:CreateLogGroup",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": "logs:PutMetricFilter",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "cloudwatch:PutMetricAlarm",
    "aws:ec2/eip:Eip": "ec2:AllocateAddress",
    "aws:ec2/flowLog:FlowLog": "ec2:CreateFlowLogs",
    "aws:ec2/internetGateway:InternetGateway": "ec2:CreateInternetGateway",
    "aws:ec2/launchTemplate:LaunchTemplate": "ec2:CreateLaunchTemplate",
    "aws:ec2/natGateway:NatGateway": "ec2:CreateNatGateway",
    "aws:ec2/placementGroup:PlacementGroup": "ec2:CreatePlacementGroup",
    "aws:ec2/route:Route": "ec2:CreateRoute",
    "aws:ec2/routeTable:RouteTable": "ec2:CreateRouteTable",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "ec2:AssociateRouteTable",
    "aws:ec2/securityGroup:SecurityGroup": "ec2:CreateSecurityGroup",
    "aws:ec2/subnet:Subnet": "ec2:CreateSubnet",
    "aws:ec2/vpc:Vpc": "ec2:CreateVpc",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "ec2:CreateVpcEndpoint",
    "aws:ecr/repository:Repository": "ecr:CreateRepository",
    "aws:eks/accessEntry:AccessEntry": "eks:CreateAccessEntry",
    "aws:eks/addon:Addon": "eks:CreateAddon",
    "aws:eks/cluster:Cluster": "eks:CreateCluster",
    "aws:eks/nodeGroup:NodeGroup": "eks:CreateNodegroup",
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": "eks:CreatePodIdentityAssociation",
    "aws:fsx/lustreFileSystem:LustreFileSystem": "fsx:CreateFileSystem",
    "aws:glue/catalogDatabase:CatalogDatabase": "glue:CreateDatabase",
    "aws:glue/job:Job": "glue:CreateJob",
    "aws:grafana/workspace:Workspace": "grafana:CreateWorkspace",
    "aws:iam/role:Role": "iam:CreateRole",
    "aws:iam/rolePolicy:RolePolicy": "iam:PutRolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "iam:AttachRolePolicy",
    "aws:kms/alias:Alias": "kms:CreateAlias",
    "aws:kms/key:Key": "kms:CreateKey",
    "aws:lambda/function:Function": "lambda:CreateFunction",
    "aws:lambda/permission:Permission": "lambda:AddPermission",
    "aws:opensearch/domain:Domain": "es:CreateDomain",
    "aws:rds/instance:Instance": "rds:CreateDBInstance",
    "aws:rds/subnetGroup:SubnetGroup": "rds:CreateDBSubnetGroup",
    "aws:s3/bucket:Bucket": "s3:CreateBucket",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (
        "s3:PutLifecycleConfiguration"
    ),
    "aws:s3/bucketPolicy:BucketPolicy": "s3:PutBucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "aws:s3/bucketVersioning:BucketVersioning": "s3:PutBucketVersioning",
    "aws:sagemaker/endpoint:Endpoint": "sagemaker:CreateEndpoint",
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": "sagemaker:CreateEndpointConfig",
    "aws:sagemaker/model:Model": "sagemaker:CreateModel",
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup": "sagemaker:CreateModelPackageGroup",
    "aws:sagemaker/notebookInstance:NotebookInstance": "sagemaker:CreateNotebookInstance",
    "aws:scheduler/schedule:Schedule": "scheduler:CreateSchedule",
    "aws:secretsmanager/secret:Secret": "secretsmanager:CreateSecret",
    "aws:sfn/stateMachine:StateMachine": "states:CreateStateMachine",
    "aws:sns/topic:Topic": "sns:CreateTopic",
    "aws:sns/topicSubscription:TopicSubscription": "sns:Subscribe",
    "aws:sqs/queue:Queue": "sqs:CreateQueue",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ("ec2:AuthorizeSecurityGroupEgress"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (
        "ec2:AuthorizeSecurityGroupIngress"
    ),
}
"""Type -> the action that creates one (Service Authorization Reference)."""

PASSES_ROLE = ("roleArn", "nodeRoleArn", "executionRoleArn", "role")
"""Inputs with a role that the caller passes to a service, which needs iam:PassRole."""


def needs(plan: Plan) -> Mapping[str, Resource]:
    """Action -> the first resource that `up` creates by it."""
    found: dict[str, Resource] = {}
    for resource in sorted(plan.manifest, key=lambda each: plan.steps[each.urn]):
        action = ACTIONS.get(resource.type)
        if action and not plan.is_deployed(resource):
            found.setdefault(action, resource)
            if any(key in resource.inputs for key in PASSES_ROLE):
                found.setdefault("iam:PassRole", resource)
    return found


def check(plan: Plan, account: Reader) -> Iterator[Finding | Unchecked]:
    """Yields a finding for each action that the caller's policies do not allow."""
    actions = needs(plan)
    if not actions:
        return
    identity = account.read("sts", "get_caller_identity", region=plan.home or REGION)
    arn = str(identity["Arn"])
    if arn.endswith(":root"):
        return  # may do everything
    principal = _principal(account, arn)
    if not principal:
        yield Unchecked(CHECK, arn, "IAM simulates policies of users and roles only")
        return
    names = sorted(actions)
    for start in range(0, len(names), AT_ONCE):
        for action, decision, lacks in _decisions(
            account, principal, names[start : start + AT_ONCE]
        ):
            if decision == "implicitDeny" and lacks:
                # A condition decides, on a value that only the real request has.
                yield Unchecked(CHECK, action, f"it depends on {', '.join(lacks)}")
            elif decision != "allowed" and action in actions:
                words = "an explicit deny" if decision == "explicitDeny" else "no policy allows it"
                resource = actions[action]
                yield Finding(
                    CHECK,
                    resource.urn,
                    action,
                    f"{principal}: {words}",
                    f"allow {action} to the caller",
                    region=plan.region(resource),
                    source=resource.source,
                )


def _decisions(
    account: Reader, principal: str, actions: Sequence[str]
) -> Iterator[tuple[str, str, Sequence[str]]]:
    answer = account.read(
        "iam",
        "simulate_principal_policy",
        region=REGION,
        PolicySourceArn=principal,
        ActionNames=list(actions),
    )
    for entry in entries(answer, "EvaluationResults"):
        yield (
            str(entry["EvalActionName"]),
            str(entry["EvalDecision"]),
            entry.get("MissingContextValues") or [],
        )


def _principal(account: Reader, arn: str) -> str:
    """Returns the user or role whose policies decide; empty for any other identity. The
    ARN of a session lacks the role's path, which only IAM knows."""
    match = re.fullmatch(r"arn:[\w-]+:sts::\d+:assumed-role/([^/]+)/.*", arn)
    if match is None:
        return arn if re.search(r":(user|role)/", arn) else ""
    try:
        role = account.read("iam", "get_role", region=REGION, RoleName=match[1])
    except Missing:
        return ""
    return str(role["Role"]["Arn"])
