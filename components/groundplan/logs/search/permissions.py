"""Who may do what with a search, as plain data: the policy of a domain, and what the
two functions may do."""

from collections.abc import Sequence
from typing import Any

from groundplan.iam import Statement, allow

READ = ["es:ESHttpDelete", "es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPost", "es:ESHttpPut"]
"""What OpenSearch Dashboards sends for a reader: searches are POSTs, and saved objects
of the team's own are written. Fine-grained access control says which lines."""
ADMINISTER = sorted([*READ, "es:ESHttpPatch"])


def domain_statements(
    domain_arn: str,
    *,
    master: str,
    writer: str,
    readers: Sequence[str],
    administrators: Sequence[str],
) -> list[Statement]:
    """Returns the access policy of a domain: named roles, and nobody else."""
    every = f"{domain_arn}/*"
    return [
        _allowed("Administer", [master, *administrators], ADMINISTER, every),
        _allowed("Write", [writer], ["es:ESHttpPost"], f"{domain_arn}/_bulk"),
        *([_allowed("Read", readers, READ, every)] if readers else []),
    ]


def _allowed(
    sid: str, principals: Sequence[str], actions: Sequence[str], resource: str
) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": list(dict.fromkeys(principals))},
        "Action": list(actions),
        "Resource": resource,
    }


def setup_statements(target_arn: str, dashboards_arn: str) -> list[Statement]:
    """Returns what the function that sets a search up may send: to a domain, or to a
    collection and its dashboards."""
    if dashboards_arn:
        return [
            allow("CallCollection", ["aoss:APIAccessAll"], [target_arn]),
            allow("CallDashboards", ["aoss:DashboardsAccessAll"], [dashboards_arn]),
        ]
    return [allow("CallDomain", ADMINISTER, [f"{target_arn}/*"])]


def forward_statements(
    target_arn: str, *, serverless: bool, sagemaker_arn: str, endpoints: Sequence[str]
) -> list[Statement]:
    """Returns what the function that indexes lines may do: send them, and ask which
    model an endpoint has. `sagemaker_arn` ends with the account."""
    send = (
        allow("SendLines", ["aoss:APIAccessAll"], [target_arn])
        if serverless
        else allow("SendLines", ["es:ESHttpPost"], [f"{target_arn}/_bulk"])
    )
    if not endpoints:
        return [send]
    names = [f"{sagemaker_arn}:endpoint/{name.lower()}" for name in endpoints]
    # Each release has a configuration and a model of its own.
    others = [f"{sagemaker_arn}:{kind}/*" for kind in ("endpoint-config", "model")]
    return [
        send,
        allow("LookAtEndpoints", ["sagemaker:DescribeEndpoint"], names),
        allow(
            "LookAtModels", ["sagemaker:DescribeEndpointConfig", "sagemaker:DescribeModel"], others
        ),
    ]


def network_statements(prefix: str, vpc_id: str) -> list[Statement]:
    """Returns what Lambda does in a function's name to connect it to a VPC. `prefix`:
    `arn:aws:ec2:<region>:<account>`."""
    created = [f"{prefix}:{kind}/*" for kind in ("network-interface", "security-group", "subnet")]
    return [
        allow(
            "CreateNetworkInterfaces",
            ["ec2:CreateNetworkInterface"],
            created,
            {"ArnEquals": {"ec2:Vpc": f"{prefix}:vpc/{vpc_id}"}},
        ),
        # Lambda names no VPC when it deletes (Lambda Developer Guide, "Giving Lambda
        # functions access to resources in an Amazon VPC", permissions).
        allow(
            "DeleteNetworkInterfaces",
            ["ec2:DeleteNetworkInterface"],
            [f"{prefix}:network-interface/*"],
        ),
        # None of these has a resource.
        allow(
            "ReadNetwork",
            [
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
            ["*"],
        ),
    ]
