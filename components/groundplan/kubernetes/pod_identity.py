"""IAM roles together with their policies, so that a resource that assumes a role can
depend on both."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags


@dataclass(frozen=True)
class Role:
    """A role and its permissions."""

    role: aws.iam.Role
    permissions: Sequence[pulumi.Resource]
    """The policies. Resources that assume the role depend on them: without permissions
    they can neither start nor clean up when they are deleted."""

    @property
    def arn(self) -> pulumi.Output[str]:
        return self.role.arn


def managed(
    name: str,
    trust: pulumi.Input[str],
    policies: Sequence[str],
    *,
    parent: pulumi.Resource,
    resource_tags: tags.Tags,
) -> Role:
    """Creates a role with AWS managed policies, each by the end of its ARN:
    `service-role/AmazonEBSCSIDriverPolicy`."""
    role = _role(name, trust, parent, resource_tags)
    partition = iam.partition(pulumi.InvokeOptions(parent=parent))
    attachments = [
        aws.iam.RolePolicyAttachment(
            f"{name}-{policy.rsplit('/', 1)[-1]}",
            role=role.name,
            policy_arn=pulumi.Output.format("arn:{0}:iam::aws:policy/{1}", partition, policy),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        for policy in policies
    ]
    return Role(role, attachments)


def own(
    name: str,
    trust: pulumi.Input[str],
    statements: Sequence[pulumi.Input[iam.Statement]],
    *,
    parent: pulumi.Resource,
    resource_tags: tags.Tags,
) -> Role:
    """Creates a role with an inline policy."""
    role = _role(name, trust, parent, resource_tags)
    policy = aws.iam.RolePolicy(
        f"{name}-policy",
        role=role.id,
        policy=iam.document(statements),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return Role(role, [policy])


def _role(
    name: str, trust: pulumi.Input[str], parent: pulumi.Resource, resource_tags: tags.Tags
) -> aws.iam.Role:
    return aws.iam.Role(
        name,
        assume_role_policy=trust,
        tags=dict(resource_tags),
        opts=pulumi.ResourceOptions(parent=parent),
    )
