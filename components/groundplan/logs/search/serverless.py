"""An OpenSearch Serverless collection: its key, its network, and who reaches which
index. Policies match the collection by its name, so that is fixed."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan.logs.index.names import INDEX, PATTERN
from groundplan.logs.search.network import SearchNetwork
from groundplan.logs.spec import LogStoreSpec, Search, Serverless

MAX_NAME = 32
"""Characters of the names of collections and policies (OpenSearch Serverless API,
CreateCollection, `name`)."""
DESCRIBE = ["aoss:DescribeIndex", "aoss:ReadDocument"]
WRITE = ["aoss:CreateIndex", "aoss:DescribeIndex", "aoss:UpdateIndex", "aoss:WriteDocument"]
ITEMS = ["aoss:CreateCollectionItems", "aoss:DescribeCollectionItems", "aoss:UpdateCollectionItems"]
LOOK = ["aoss:DescribeCollectionItems"]


def collection_name(spec: LogStoreSpec) -> str:
    """Returns the collection's name, which is the account's and region's own."""
    text = f"{spec.environment}-{spec.name}".lower().replace("_", "-")
    name = text if text[0].isalpha() else f"l{text}"
    if len(name) <= MAX_NAME:
        return name
    return f"{name[: MAX_NAME - 9].rstrip('-')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


class SearchCollection:
    """A collection and its policies."""

    def __init__(
        self,
        spec: LogStoreSpec,
        search: Search,
        serverless: Serverless,
        *,
        key_arn: pulumi.Output[str],
        setup_arn: pulumi.Output[str],
        writer_arn: pulumi.Output[str],
        network: SearchNetwork,
        parent: pulumi.Resource,
    ) -> None:
        name = self.name = collection_name(spec)
        child, protected = pulumi.ResourceOptions(parent=parent), spec.deletion_protection
        self.vpc_endpoint = aws.opensearch.ServerlessVpcEndpoint(
            f"{spec.name}-vpc-endpoint",
            name=name,
            vpc_id=search.network["vpc_id"],
            subnet_ids=search.network["subnet_ids"],
            security_group_ids=[network.search.id],
            opts=child,
        )
        self.encryption = aws.opensearch.ServerlessSecurityPolicy(
            f"{spec.name}-encryption",
            name=name,
            type="encryption",
            policy=key_arn.apply(lambda key: json.dumps(_encryption(name, key), sort_keys=True)),
            opts=child,
        )
        self.network = aws.opensearch.ServerlessSecurityPolicy(
            f"{spec.name}-network",
            name=name,
            type="network",
            policy=self.vpc_endpoint.id.apply(
                lambda endpoint: json.dumps(_network(name, endpoint), sort_keys=True)
            ),
            opts=child,
        )
        self.collection = aws.opensearch.ServerlessCollection(
            f"{spec.name}-collection",
            name=name,
            description=f"Logs of {spec.environment}",
            type="TIMESERIES",
            standby_replicas="ENABLED" if serverless.standby_replicas else "DISABLED",
            tags=spec.tags,
            opts=pulumi.ResourceOptions(
                parent=parent,
                protect=protected,
                retain_on_delete=protected,
                depends_on=[self.encryption, self.network],
            ),
        )
        self.retention = aws.opensearch.ServerlessLifecyclePolicy(
            f"{spec.name}-retention",
            name=name,
            type="retention",
            policy=json.dumps(_retention(name, search.retention_days), sort_keys=True),
            opts=child,
        )
        known = pulumi.Output.all(
            setup=setup_arn,
            writer=writer_arn,
            readers=list(search.readers),
            administrators=list(search.administrators),
            teams={team: list(args.readers) for team, args in spec.teams.items()},
        )
        self.access = aws.opensearch.ServerlessAccessPolicy(
            f"{spec.name}-access",
            name=name,
            type="data",
            policy=known.apply(lambda found: json.dumps(access(name, **found), sort_keys=True)),
            opts=child,
        )


def _encryption(name: str, key_arn: str) -> dict[str, Any]:
    rule = {"ResourceType": "collection", "Resource": [f"collection/{name}"]}
    return {"Rules": [rule], "AWSOwnedKey": False, "KmsARN": key_arn}


def _network(name: str, endpoint_id: str) -> list[dict[str, Any]]:
    """Returns the policy by which the collection and its dashboards are reached through
    the VPC endpoint only."""
    rules = [
        {"ResourceType": kind, "Resource": [f"collection/{name}"]}
        for kind in ("collection", "dashboard")
    ]
    return [{"Rules": rules, "AllowFromPublic": False, "SourceVPCEs": [endpoint_id]}]


def _retention(name: str, days: int) -> dict[str, Any]:
    rule = {
        "ResourceType": "index",
        "Resource": [f"index/{name}/{PATTERN}"],
        "MinIndexRetention": f"{days}d",
    }
    return {"Rules": [rule]}


def access(
    name: str,
    *,
    setup: str,
    writer: str,
    readers: Sequence[str],
    administrators: Sequence[str],
    teams: Mapping[str, Sequence[str]],
) -> list[dict[str, Any]]:
    """Returns the data access policy. A collection has no document-level security: a
    team has an index, and reads no other."""
    every = f"index/{name}/{PATTERN}"
    found = [
        _grant("Sets the collection up", name, [setup, *administrators], ITEMS, every, [
            *WRITE, "aoss:DeleteIndex", "aoss:ReadDocument",
        ]),
        _grant("Indexes lines", name, [writer], LOOK, every, WRITE),
    ]  # fmt: skip
    if readers:
        found.append(_grant("Reads all lines", name, readers, LOOK, every, DESCRIBE))
    for team, arns in sorted(teams.items()):
        if arns:
            own = f"index/{name}/{INDEX}-{team}"
            found.append(_grant(f"Reads lines of {team}", name, arns, LOOK, own, DESCRIBE))
    return found


def _grant(
    description: str,
    name: str,
    principals: Sequence[str],
    items: Sequence[str],
    index: str,
    actions: Sequence[str],
) -> dict[str, Any]:
    return {
        "Description": description,
        "Principal": list(dict.fromkeys(principals)),
        "Rules": [
            {
                "ResourceType": "collection",
                "Resource": [f"collection/{name}"],
                "Permission": list(items),
            },
            {"ResourceType": "index", "Resource": [index], "Permission": sorted(actions)},
        ],
    }
