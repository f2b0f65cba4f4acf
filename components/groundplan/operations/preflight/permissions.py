"""Whether the caller may create what a stack registers, by IAM's policy simulation."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from groundplan.manifest.model import Resource
from groundplan.operations.preflight.finding import Finding, Unchecked
from groundplan.operations.preflight.plan import Plan, known
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

ROLE = "aws:iam/role:Role"
ROLE_POLICIES = (
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
)
BOUNDED = ("iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePolicy")
"""Actions with the condition key `iam:PermissionsBoundary` (Service Authorization
Reference)."""
PASSES_ROLE = ("roleArn", "nodeRoleArn", "executionRoleArn", "role")
"""Inputs with a role that the caller passes to a service, which needs iam:PassRole."""


@dataclass(frozen=True)
class Request:
    """What `up` asks of IAM, as far as policies decide on it."""

    action: str
    region: str
    role: str = ""
    """Path and name of the role that it is about, or its ARN; empty for any other
    action."""
    boundary: str = ""
    """The role's permissions boundary."""


def needs(plan: Plan) -> Mapping[Request, Resource]:
    """Returns requests, and the first resource that `up` creates by each. Of roles with
    the same path and boundary, policies are asked for one."""
    found: dict[Request, Resource] = {}
    paths: set[tuple[str, str, str]] = set()
    for resource in sorted(plan.manifest, key=lambda each: plan.steps[each.urn]):
        if resource.type not in ACTIONS or plan.is_deployed(resource):
            continue
        for request in _requests(plan, resource):
            path = request.role.rpartition("/")[0]
            if (request.action, path, request.boundary) not in paths:
                paths.add((request.action, path, request.boundary))
                found[request] = resource
    return found


def _requests(plan: Plan, resource: Resource) -> Iterator[Request]:
    action, region = ACTIONS[resource.type], plan.region(resource)
    if resource.type == ROLE:
        yield _of_role(action, resource)
        return
    is_policy = resource.type in ROLE_POLICIES
    if not is_policy:
        yield Request(action, region)
    key = next((key for key in PASSES_ROLE if key in resource.inputs), "")
    if key:
        named = resource.inputs[key]
        role = plan.referenced(named, ROLE)
        asked = action if is_policy else "iam:PassRole"
        yield _of_role(asked, role) if role else Request(asked, REGION, _existing(known(named)))


def _existing(named: str) -> str:
    """A role that is not the plan's, by its ARN or name; empty where nobody knows
    it."""
    return named if not named or named.startswith("arn:") else f"/{named}"


def _of_role(action: str, role: Resource) -> Request:
    """A request about a role of the plan. Pulumi ends a name that nobody chose with
    random characters, which no policy can name."""
    name = known(role.inputs.get("name")) or f"{role.name}-0000000"
    path = known(role.inputs.get("path")) or "/"
    boundary = known(role.inputs.get("permissionsBoundary"))
    return Request(action, REGION, f"{path}{name}", boundary if action in BOUNDED else "")


def check(plan: Plan, account: Reader) -> Iterator[Finding | Unchecked]:
    """Yields a finding for each action that the policies of who deploys do not
    allow."""
    requests = needs(plan)
    if not requests:
        return
    identity = account.read("sts", "get_caller_identity", region=plan.home or REGION)
    arn = plan.deployer or str(identity["Arn"])
    if arn.endswith(":root"):
        return  # may do everything
    principal = plan.deployer or _principal(account, arn)
    if not principal:
        yield Unchecked(CHECK, arn, "IAM simulates policies of users and roles only")
        return
    found: dict[tuple[str, str], Finding | Unchecked] = {}
    for resource, request, decision, lacks in _decisions(account, principal, requests):
        entry = _judged(plan, principal, request, resource, decision, lacks)
        if entry is not None:
            found.setdefault((request.action, resource.name), entry)
    yield from found.values()


def _judged(
    plan: Plan,
    principal: str,
    request: Request,
    resource: Resource,
    decision: str,
    lacks: Sequence[str],
) -> Finding | Unchecked | None:
    if decision == "implicitDeny" and lacks:
        # A condition decides, on a value that only the real request has.
        return Unchecked(CHECK, request.action, f"it depends on {', '.join(lacks)}")
    if decision == "allowed":
        return None
    words = "an explicit deny" if decision == "explicitDeny" else "no policy allows it"
    return Finding(
        CHECK,
        resource.urn,
        request.action,
        f"{principal}: {words}",
        f"allow {request.action} to {principal}",
        region=plan.region(resource),
        source=resource.source,
    )


def _decisions(
    account: Reader, principal: str, requests: Mapping[Request, Resource]
) -> Iterator[tuple[Resource, Request, str, Sequence[str]]]:
    """Yields what IAM decides. A simulation is about one resource and one context."""
    groups: dict[tuple[str, str, str], list[Request]] = {}
    for request in requests:
        key = (request.region, request.role, request.boundary)
        groups.setdefault(key, []).append(request)
    base = principal.partition(":role/")[0].partition(":user/")[0]
    for (region, role, boundary), group in sorted(groups.items()):
        arn = role if role.startswith("arn:") else f"{base}:role{role}"
        context = {"aws:RequestedRegion": region, "iam:PermissionsBoundary": boundary}
        by_action = {request.action: request for request in group}
        names = sorted(by_action)
        for start in range(0, len(names), AT_ONCE):
            answer = account.read(
                "iam",
                "simulate_principal_policy",
                region=REGION,
                PolicySourceArn=principal,
                ActionNames=names[start : start + AT_ONCE],
                **({"ResourceArns": [arn]} if role else {}),
                ContextEntries=[
                    {
                        "ContextKeyName": key,
                        "ContextKeyType": "string",
                        "ContextKeyValues": [value],
                    }
                    for key, value in context.items()
                    if value
                ],
            )
            for entry in entries(answer, "EvaluationResults"):
                request = by_action[str(entry["EvalActionName"])]
                lacks = entry.get("MissingContextValues") or []
                yield requests[request], request, str(entry["EvalDecision"]), lacks


def _principal(account: Reader, arn: str) -> str:
    """The user or role whose policies decide; empty for any other identity. The ARN of
    a session lacks the role's path, which only IAM knows."""
    match = re.fullmatch(r"arn:[\w-]+:sts::\d+:assumed-role/([^/]+)/.*", arn)
    if match is None:
        return arn if re.search(r":(user|role)/", arn) else ""
    try:
        role = account.read("iam", "get_role", region=REGION, RoleName=match[1])
    except Missing:
        return ""
    return str(role["Role"]["Arn"])
