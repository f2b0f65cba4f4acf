"""No AWS service acts on a resource of an environment for another account: every
statement that allows a service principal names a source, or is an exception with the
reason that AWS documents."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.documents import Statement, statements

STACKS = ("dev", "prod", "rich-sagemaker", "rich-kubernetes")

SOURCES = ("aws:SourceAccount", "aws:SourceArn", "kms:EncryptionContext:aws:logs:arn")
"""CloudWatch Logs names the log group in the encryption context in place of a source
(CloudWatch Logs User Guide, "Encrypt log data")."""

EXCEPTIONS = {
    ("aws:iam/role:Role", "ec2.amazonaws.com"): (
        "EC2 passes no source; a role is only passed within its account (EC2 User Guide, "
        "IAM roles for Amazon EC2)"
    ),
    ("aws:iam/role:Role", "s3.amazonaws.com"): (
        "no condition is documented for live replication, so that it applies only if S3 "
        "names a source (S3 User Guide, Setting up permissions for live replication)"
    ),
    ("aws:sns/topicPolicy:TopicPolicy", "events.amazonaws.com"): (
        "conditions are not supported in topic policies for EventBridge (EventBridge User "
        "Guide, Using resource-based policies, Amazon SNS permissions)"
    ),
    ("aws:kms/key:Key", "events.amazonaws.com"): (
        "not supported for EventBridge-to-encrypted topics (SNS Developer Guide, Managing "
        "encryption keys)"
    ),
}


class Trust(NamedTuple):
    """A statement that allows a service principal."""

    resource: Resource
    service: str
    statement: Statement

    @property
    def kind(self) -> tuple[str, str]:
        return self.resource.type, self.service

    def __str__(self) -> str:
        return f"{self.resource.name}: {self.service} ({self.statement.name})"


def trusts(manifest: Manifest) -> Iterator[Trust]:
    for resource in manifest:
        for value in resource.inputs.values():
            if not isinstance(value, dict | str):
                continue
            for statement in statements(value):
                for kind, who in statement.principals:
                    if statement.allows and kind == "Service":
                        yield Trust(resource, who, statement)


@pytest.mark.parametrize("stack", STACKS)
def test_every_trust_of_a_service_names_its_source(
    manifests: Mapping[str, Manifest], stack: str
) -> None:
    of_services = list(trusts(manifests[stack]))
    assert len(of_services) > 10
    assert [
        str(trust)
        for trust in of_services
        if not trust.statement.bound(*SOURCES) and trust.kind not in EXCEPTIONS
    ] == []


def test_every_exception_is_needed(manifests: Mapping[str, Manifest]) -> None:
    unbound = {
        trust.kind
        for manifest in manifests.values()
        for trust in trusts(manifest)
        if not trust.statement.bound(*SOURCES)
    }
    assert unbound == set(EXCEPTIONS)


def test_every_service_that_may_call_a_function_names_its_rule(
    manifests: Mapping[str, Manifest],
) -> None:
    permissions = [
        resource.inputs
        for manifest in manifests.values()
        for resource in manifest
        if resource.type == "aws:lambda/permission:Permission"
    ]
    assert permissions
    assert [p for p in permissions if not p.get("sourceArn") and not p.get("sourceAccount")] == []


def test_pods_assume_a_role_only_from_their_own_cluster(manifests: Mapping[str, Manifest]) -> None:
    sources: dict[str, set[Any]] = {}
    for stack, manifest in manifests.items():
        for trust in trusts(manifest):
            if trust.service == "pods.eks.amazonaws.com":
                conditions = trust.statement.conditions
                assert conditions["aws:sourceaccount"] == ("${aws.accountId}",)
                sources.setdefault(stack, set()).update(conditions["aws:sourcearn"])
    assert sources == {
        stack: {f"arn:aws:eks:{region}:${{aws.accountId}}:cluster/{name}"}
        for stack, (region, name) in {
            "dev": ("us-east-1", "groundplan-dev-training"),
            "prod": ("us-east-1", "groundplan-prod-training"),
            "rich-sagemaker": ("us-west-2", "groundplan-rich-sagemaker-training"),
            "rich-kubernetes": ("eu-central-1", "groundplan-rich-kubernetes-training"),
        }.items()
    }
