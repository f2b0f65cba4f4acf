"""New resources that are the same object as one that is deleted: their creation
overwrites it, and the deletion, which comes last, removes it.

A bucket's policy or a Kubernetes object that gets another name in the program, without
an alias, is gone after `pulumi up` that way.
"""

from collections.abc import Iterator, Mapping

from groundplan.diff.changes import Kind
from groundplan.risk import physical_names
from groundplan.risk.context import ChangeContext, Plan
from groundplan.risk.downtime import DOWNTIME
from groundplan.risk.protection import PROTECTION
from groundplan.risk.risk import Level, Risk

UPSERTED: Mapping[str, tuple[str, ...]] = {
    "appautoscaling.Policy": ("serviceNamespace", "resourceId", "scalableDimension", "name"),
    "cloudwatch.CompositeAlarm": ("alarmName",),
    "cloudwatch.Dashboard": ("dashboardName",),
    "cloudwatch.EventRule": ("eventBusName", "name"),
    "cloudwatch.MetricAlarm": ("name",),
    "ecr.LifecyclePolicy": ("repository",),
    "ecr.RepositoryPolicy": ("repository",),
    "iam.GroupPolicy": ("group", "name"),
    "iam.RolePolicy": ("role", "name"),
    "iam.UserPolicy": ("user", "name"),
    "kms.KeyPolicy": ("keyId",),
    "s3.BucketCorsConfiguration": ("bucket",),
    "s3.BucketLifecycleConfiguration": ("bucket",),
    "s3.BucketLogging": ("bucket",),
    "s3.BucketNotification": ("bucket",),
    "s3.BucketOwnershipControls": ("bucket",),
    "s3.BucketPolicy": ("bucket",),
    "s3.BucketPublicAccessBlock": ("bucket",),
    "s3.BucketReplicationConfig": ("bucket",),
    "s3.BucketServerSideEncryptionConfiguration": ("bucket",),
    "sns.Topic": ("name",),
    "sns.TopicPolicy": ("arn",),
    "sqs.Queue": ("name",),
    "sqs.QueuePolicy": ("queueUrl",),
}
"""Types whose creation overwrites what is there (Put* and Attach* of the APIs, or an
idempotent Create*) -> what identifies them. Objects of Kubernetes are applied
(pulumi-kubernetes, `await.Creation`: "we currently always upsert the object")."""


def overwritten(plan: Plan) -> Iterator[Risk]:
    """Yields what a deletion removes though the program still has it."""
    removed: dict[physical_names.Identity, ChangeContext] = {}
    for context in plan.contexts:
        before = context.change.before
        if context.kind is Kind.DELETE and before and context.is_deleted_in_cloud:
            name = _identity(context)
            if name is not None:
                removed[name] = context
    for context in plan.contexts:
        if context.kind is not Kind.CREATE or context.change.resource.option("import"):
            continue
        name = _identity(context)
        former = removed.get(name) if name else None
        if former is not None and not former.is_prevented:
            yield _risk(context, former)


def _identity(context: ChangeContext) -> physical_names.Identity | None:
    resource = context.change.resource
    inputs = context.new or context.old
    if resource.type.startswith("kubernetes:"):
        return (
            None if resource.type.endswith("Patch") else physical_names.object_of(resource, inputs)
        )
    return physical_names.of_paths(resource, inputs, UPSERTED.get(context.type, ()))


def _risk(context: ChangeContext, former: ChangeContext) -> Risk:
    words = (
        f"{context.subject} is the same object as {former.name}, which is deleted after it was "
        f"written: it is gone after pulumi up. An alias on {context.name} keeps it."
    )
    because = f"{former.name} is no longer in the program; {context.name} is new"
    if context.type.startswith("kubernetes."):
        return context.risk(Level.HIGH, DOWNTIME, words, because)
    return context.risk(Level.MEDIUM, PROTECTION, words, because)
