"""What identifies a resource in the cloud: two resources cannot have the same at the
same time.

`pulumi up` creates first and deletes last, so that a new resource fails where an old
one still has its name (Pulumi documentation, `deleteBeforeReplace`).
"""

from collections.abc import Mapping
from typing import Any

from groundplan import catalog
from groundplan.diff.changes import ABSENT
from groundplan.diff.replacement import replacement_facts
from groundplan.manifest.model import Resource
from groundplan.risk.context import at

Identity = tuple[str, ...]

IN_ACCOUNT = frozenset(
    {
        "athena.Workgroup",
        "autoscaling.Group",
        "backup.Vault",
        "batch.ComputeEnvironment",
        "batch.JobQueue",
        "budgets.Budget",
        "codebuild.Project",
        "docdb.Cluster",
        "dynamodb.Table",
        "ec2.KeyPair",
        "ec2.LaunchTemplate",
        "ecr.Repository",
        "eks.Cluster",
        "elasticache.ReplicationGroup",
        "glue.CatalogDatabase",
        "glue.Job",
        "iam.Group",
        "iam.InstanceProfile",
        "iam.Policy",
        "iam.Role",
        "iam.User",
        "kinesis.Stream",
        "kms.Alias",
        "lambda.Function",
        "lb.LoadBalancer",
        "lb.TargetGroup",
        "msk.Cluster",
        "neptune.Cluster",
        "opensearch.Domain",
        "rds.Cluster",
        "rds.ClusterInstance",
        "rds.Instance",
        "rds.ParameterGroup",
        "rds.SubnetGroup",
        "redshift.Cluster",
        "s3.Bucket",
        "sagemaker.Endpoint",
        "sagemaker.EndpointConfiguration",
        "sagemaker.FeatureGroup",
        "sagemaker.Model",
        "sagemaker.ModelPackageGroup",
        "sagemaker.NotebookInstance",
        "sagemaker.Pipeline",
        "secretsmanager.Secret",
        "sfn.StateMachine",
        "ssm.Parameter",
        "cloudwatch.LogGroup",
    }
)
"""Types whose name is unique in an account and a region (or further), and whose
creation fails where it is taken. Alarms, topics, queues and inline policies are not
here: AWS overwrites them, or returns the existing one."""

WITHIN: Mapping[str, tuple[str, ...]] = {
    "ec2.SecurityGroup": ("vpcId",),
    "ecs.Service": ("cluster",),
    "eks.FargateProfile": ("clusterName",),
    "eks.NodeGroup": ("clusterName",),
    "glue.CatalogTable": ("databaseName",),
    "lambda.Alias": ("functionName",),
    "sagemaker.App": ("domainId", "userProfileName", "appType"),
    "sagemaker.UserProfile": ("domainId",),
}
"""Types whose name is unique within another resource -> the inputs with that."""

UNIQUE: Mapping[str, tuple[str, ...]] = {
    "ec2.NatGateway": ("allocationId",),
    "ec2.Route": ("routeTableId", "destinationCidrBlock"),
    "ec2.RouteTableAssociation": ("subnetId",),
    "ec2.Subnet": ("vpcId", "cidrBlock"),
    "efs.MountTarget": ("fileSystemId", "subnetId"),
    "eks.AccessEntry": ("clusterName", "principalArn"),
    "eks.Addon": ("clusterName", "addonName"),
    "eks.PodIdentityAssociation": ("clusterName", "namespace", "serviceAccount"),
    "lambda.Permission": ("function", "statementId"),
    "lb.Listener": ("loadBalancerArn", "port"),
    "route53.Record": ("zoneId", "name", "type"),
}
"""Types without a name of which only one may have these inputs (the errors are
InvalidSubnet.Conflict, Resource.AlreadyAssociated, RouteAlreadyExists,
ResourceInUseException, DuplicateListener ... of the service's API reference)."""


SHARED: Mapping[str, tuple[str, ...]] = {
    "route53.Record": ("setIdentifier", "allowOverwrite"),
}
"""Types of which several may have these inputs where one of some others is set."""


def inputs_of_identity(resource: Resource) -> tuple[str, ...]:
    """Returns the paths of the inputs that identify a resource whose creation fails
    where another one has them; empty for any other."""
    key = catalog.key(resource.type)
    if any(resource.inputs.get(name) for name in SHARED.get(key, ())):
        return ()
    if key in UNIQUE:
        return UNIQUE[key]
    name = ".".join(replacement_facts(resource.type).name_property)
    if name and (key in IN_ACCOUNT or key in WITHIN):
        return (*WITHIN.get(key, ()), name)
    return ()


def is_unnamed(resource: Resource) -> bool:
    """Returns whether a resource has no name, but something else that only one may
    have."""
    return catalog.key(resource.type) in UNIQUE


def identity(resource: Resource, inputs: Mapping[str, Any]) -> Identity | None:
    """Returns what identifies a resource with these inputs; `None` where it isn't
    known, or Pulumi generates a name."""
    return of_paths(resource, inputs, inputs_of_identity(resource))


def of_paths(
    resource: Resource, inputs: Mapping[str, Any], paths: tuple[str, ...]
) -> Identity | None:
    """Returns the values at some paths of a resource's inputs, with its type and its
    place; `None` where one isn't known."""
    values = [at(inputs, path) for path in paths]
    if not paths or any(value is ABSENT or "${unknown" in str(value) for value in values):
        return None
    return (catalog.key(resource.type), *_place(resource, inputs), *map(str, values))


def object_of(resource: Resource, inputs: Mapping[str, Any]) -> Identity | None:
    """Returns the kind, the namespace and the name of a Kubernetes object; `None` where
    Pulumi generates its name."""
    name, namespace = at(inputs, "metadata.name"), at(inputs, "metadata.namespace")
    if name is ABSENT or "${unknown" in f"{name}{namespace}":
        return None
    where = "" if namespace is ABSENT else str(namespace)
    kind = resource.type.rsplit(":", 1)[-1]
    return (f"kubernetes.{kind}", *_place(resource, inputs), where, str(name))


def _place(resource: Resource, inputs: Mapping[str, Any]) -> tuple[str, str]:
    return str(inputs.get("region", "")), str(resource.option("provider") or "")
