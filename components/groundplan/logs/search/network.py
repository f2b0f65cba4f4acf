"""The security groups of a search and of the functions that call it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from groundplan import tags

PORT = 443


@dataclass(frozen=True)
class SearchNetwork:
    """The connections of a search."""

    search: aws.ec2.SecurityGroup
    functions: aws.ec2.SecurityGroup
    rules: list[pulumi.Resource]


def create(
    name: str,
    vpc_id: pulumi.Input[str],
    clients: Mapping[str, pulumi.Input[str]],
    resource_tags: tags.Tags,
    parent: pulumi.Resource,
) -> SearchNetwork:
    """Creates the security groups: HTTPS from the functions and from `clients`, and
    from nowhere else."""
    child, all_tags = pulumi.ResourceOptions(parent=parent), dict(resource_tags)

    def group(role: str, description: str) -> aws.ec2.SecurityGroup:
        return aws.ec2.SecurityGroup(
            f"{name}-{role}-security-group",
            description=description,
            vpc_id=vpc_id,
            tags=all_tags,
            opts=child,
        )

    search = group("search", "OpenSearch")
    functions = group("search-functions", "Functions that set OpenSearch up and index lines")
    sources: dict[str, pulumi.Input[str]] = {"functions": functions.id, **clients}
    ingress: list[pulumi.Resource] = [
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-search-from-{key}",
            description=f"HTTPS from {key}",
            security_group_id=search.id,
            referenced_security_group_id=source,
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            tags=all_tags,
            opts=child,
        )
        for key, source in sources.items()
    ]
    # Of OpenSearch, and of SageMaker, which says what model an endpoint has.
    egress = aws.vpc.SecurityGroupEgressRule(
        f"{name}-search-functions-https",
        description="HTTPS to OpenSearch and to AWS",
        security_group_id=functions.id,
        cidr_ipv4="0.0.0.0/0",
        ip_protocol="tcp",
        from_port=PORT,
        to_port=PORT,
        tags=all_tags,
        opts=child,
    )
    return SearchNetwork(search, functions, [*ingress, egress])
