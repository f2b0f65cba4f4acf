"""Creates rules in a workspace of Amazon Managed Service for Prometheus."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan.kubernetes.managed_prometheus import namespace_text
from groundplan.tags import Tags


def create(
    name: str,
    workspace_id: pulumi.Input[str],
    groups: Sequence[Mapping[str, Any]] | pulumi.Output[Sequence[Mapping[str, Any]]],
    *,
    tags: Tags,
    opts: pulumi.ResourceOptions,
) -> aws.amp.RuleGroupNamespace:
    """Creates a rule group namespace with these groups of rules."""
    data: pulumi.Input[str] = (
        groups.apply(namespace_text)
        if isinstance(groups, pulumi.Output)
        else namespace_text(groups)
    )
    return aws.amp.RuleGroupNamespace(
        name,
        workspace_id=workspace_id,
        data=data,
        tags=dict(tags),
        opts=opts,
    )
