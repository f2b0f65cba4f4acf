"""IAM policy documents, as JSON text independent of the order of its keys."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

Statement = Mapping[str, Any]
"""A policy statement in IAM's own words (`Effect`, `Action`, `Resource`, `Condition`);
values may be `Output`s."""


def document(statements: Sequence[pulumi.Input[Statement]]) -> pulumi.Output[str]:
    """The policy document with these statements."""
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    return pulumi.Output.json_dumps(policy, sort_keys=True)


def trust(service: str, conditions: Mapping[str, Any] | None = None) -> str:
    """The trust policy of a role that one AWS service takes on:
    `sagemaker.amazonaws.com`."""
    return _trust({"Service": service}, ["sts:AssumeRole"], conditions)


def pod_identity_trust() -> str:
    """The trust policy of a role that pods take on by EKS Pod Identity, which tags its
    sessions."""
    return _trust({"Service": "pods.eks.amazonaws.com"}, ["sts:AssumeRole", "sts:TagSession"], None)


def _trust(
    principal: Mapping[str, str], actions: Sequence[str], conditions: Mapping[str, Any] | None
) -> str:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": dict(principal),
        "Action": list(actions),
    }
    if conditions:
        statement["Condition"] = dict(conditions)
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, sort_keys=True)


def account_id(opts: pulumi.InvokeOptions) -> pulumi.Output[str]:
    """The account that the component's provider works in."""
    import pulumi_aws as aws  # on demand: policies are validated without the SDK

    return aws.get_caller_identity_output(opts=opts).account_id


def partition(opts: pulumi.InvokeOptions) -> pulumi.Output[str]:
    """The partition (`aws`, `aws-cn`, `aws-us-gov`) that the component's provider works
    in."""
    import pulumi_aws as aws  # on demand: policies are validated without the SDK

    return aws.get_partition_output(opts=opts).partition


def region(opts: pulumi.InvokeOptions) -> pulumi.Output[str]:
    """The region that the component's provider works in."""
    import pulumi_aws as aws  # on demand: policies are validated without the SDK

    return aws.get_region_output(opts=opts).region
