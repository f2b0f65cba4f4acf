"""IAM policy documents, as JSON text independent of the order of its keys."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

Statement = Mapping[str, Any]
"""A policy statement in IAM's own words (`Effect`, `Action`, `Resource`, `Condition`);
values may be `Output`s."""


def document(statements: Sequence[pulumi.Input[Statement]]) -> pulumi.Output[str]:
    """Returns the policy document with these statements."""
    return pulumi.Output.json_dumps(_policy(statements), sort_keys=True)


def document_text(statements: Sequence[Statement]) -> str:
    """Returns the policy document of statements that hold no outputs."""
    return json.dumps(_policy(statements), sort_keys=True)


def _policy(statements: Sequence[Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(
    sid: str,
    actions: str | Sequence[str],
    resources: pulumi.Input[str] | Sequence[pulumi.Input[str]] | pulumi.Output[Sequence[str]],
    condition: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Returns a statement that allows actions on resources."""
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Action": _listed(actions),
        "Resource": _listed(resources),
    }
    return statement if condition is None else {**statement, "Condition": condition}


def _listed(values: Any) -> Any:
    """Returns a list of several values, and a single one as it is: IAM takes both."""
    several = isinstance(values, Sequence) and not isinstance(values, str)
    return list(values) if several else values


def deny_insecure_transport(action: str, resource: pulumi.Input[str]) -> Statement:
    """Returns the statement of a resource's policy that denies requests without TLS."""
    return {
        "Sid": "DenyInsecureTransport",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": action,
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def trust(service: str) -> str:
    """Returns the trust policy of a role that one AWS service assumes, without a
    condition: for a service that documents none (`ec2.amazonaws.com`)."""
    statement = _assumed_by(service, ["sts:AssumeRole"], {})
    return document_text([statement])


def account_trust(service: str, invoke: pulumi.InvokeOptions) -> pulumi.Output[str]:
    """Returns the trust policy of a role that one AWS service assumes, for resources of
    this account only (the confused deputy problem)."""
    condition = {"StringEquals": {"aws:SourceAccount": account_id(invoke)}}
    return document([_assumed_by(service, ["sts:AssumeRole"], condition)])


def cluster_trust(
    cluster_name: pulumi.Input[str], invoke: pulumi.InvokeOptions, *, tagged: bool = False
) -> pulumi.Output[str]:
    """Returns the trust policy of the role of an EKS control plane, for this cluster
    only. `tagged`: whether its sessions are tagged, as EKS Auto Mode does."""
    # Amazon EKS User Guide, "Cross-service confused deputy prevention in Amazon EKS".
    condition = _of_cluster(cluster_name, invoke)
    actions = ["sts:AssumeRole", *(["sts:TagSession"] if tagged else [])]
    return document([_assumed_by("eks.amazonaws.com", actions, condition)])


def pod_identity_trust(
    cluster_name: pulumi.Input[str], invoke: pulumi.InvokeOptions
) -> pulumi.Output[str]:
    """Returns the trust policy of a role that pods of one cluster assume by EKS Pod
    Identity, which tags its sessions."""
    # The source is the cluster, not the association: with the association's ARN no pod
    # gets credentials (awslabs/mountpoint-s3-csi-driver issue 781); with the cluster's
    # they do (terraform-aws-modules/terraform-aws-eks pull request 3743, validated on a
    # cluster). EKS Best Practices Guide, "Working with IAM roles for EKS Pod
    # Identities", recommends the condition.
    actions = ["sts:AssumeRole", "sts:TagSession"]
    condition = _of_cluster(cluster_name, invoke)
    return document([_assumed_by("pods.eks.amazonaws.com", actions, condition)])


def _of_cluster(
    cluster_name: pulumi.Input[str], invoke: pulumi.InvokeOptions
) -> Mapping[str, Mapping[str, pulumi.Output[str]]]:
    account = account_id(invoke)
    cluster_arn = pulumi.Output.format(
        "arn:{0}:eks:{1}:{2}:cluster/{3}", partition(invoke), region(invoke), account, cluster_name
    )
    return {
        "ArnEquals": {"aws:SourceArn": cluster_arn},
        "StringEquals": {"aws:SourceAccount": account},
    }


def _assumed_by(
    service: str, actions: Sequence[str], conditions: Mapping[str, Any]
) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": list(actions),
    }
    return statement | ({"Condition": dict(conditions)} if conditions else {})


def account_id(opts: pulumi.InvokeOptions) -> pulumi.Output[str]:
    """Returns the account that the component's provider works in."""
    import pulumi_aws as aws  # on demand: policies are validated without the SDK

    return aws.get_caller_identity_output(opts=opts).account_id


def partition(opts: pulumi.InvokeOptions) -> pulumi.Output[str]:
    """Returns the partition (`aws`, `aws-cn`, `aws-us-gov`) that the component's
    provider works in."""
    import pulumi_aws as aws  # on demand: policies are validated without the SDK

    return aws.get_partition_output(opts=opts).partition


def region(opts: pulumi.InvokeOptions) -> pulumi.Output[str]:
    """Returns the region that the component's provider works in."""
    import pulumi_aws as aws  # on demand: policies are validated without the SDK

    return aws.get_region_output(opts=opts).region
