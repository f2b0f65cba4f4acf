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
    groups: Sequence[Mapping[str, Any]],
    *,
    tags: Tags,
    opts: pulumi.ResourceOptions,
) -> aws.amp.RuleGroupNamespace:
    """Creates a rule group namespace with these groups of rules."""
    return aws.amp.RuleGroupNamespace(
        name,
        workspace_id=workspace_id,
        data=namespace_text(groups),
        tags=dict(tags),
        opts=opts,
    )
