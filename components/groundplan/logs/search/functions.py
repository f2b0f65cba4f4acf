"""The two functions of a search: one sets it up at each deployment, one indexes the
lines that CloudWatch Logs delivers."""

import hashlib
import json
import pathlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.iam import Statement
from groundplan.lambda_functions import event_function, function_role, source_archive
from groundplan.lambda_functions.operation import FunctionOperation
from groundplan.logs.index import names, setup
from groundplan.logs.search import permissions
from groundplan.logs.search.network import SearchNetwork
from groundplan.logs.spec import LogStoreSpec, Search

MODULES = {"setup": "groundplan.logs.index.setup", "forward": "groundplan.logs.index.forward"}
MEMORY_MB = 512
"""A batch is at most 6 MB unpacked (CloudWatch Logs User Guide, "Subscription filters
with AWS Lambda"), and twice that as documents."""
MAX_AGE_SECONDS = 21_600
"""Lambda's longest: a search that is down for a night gets its lines afterwards."""


@dataclass(frozen=True)
class Function:
    """A function with its role; the role is there before the search, which names it."""

    name: str
    operation: FunctionOperation
    role: aws.iam.Role
    stores: event_function.Stores


def create_role(
    spec: LogStoreSpec, kind: str, key_arn: pulumi.Output[str], parent: pulumi.Resource
) -> Function:
    """Creates the role, the log group and the queue of a function."""
    name = f"{spec.name}-{kind}"
    operation = FunctionOperation(
        alarm_actions=spec.alarm_actions,
        owner=spec.owner,
        runbooks_url=spec.runbooks_url,
        kms_key_arn=key_arn,
        log_retention_days=spec.retention_days,
        tracing=False,
        deletion_protection=spec.deletion_protection,
        tags=spec.own_tags,
    )
    stores = event_function.create_stores(
        name,
        operation,
        services=[],
        parent=parent,
    )
    role = function_role.create_role(
        name,
        operation,
        description=f"What the function {kind} of {spec.name} may do",
        parent=parent,
    )
    return Function(name, operation, role, stores)


def create(
    search: Search,
    kind: str,
    function: Function,
    statements: pulumi.Output[list[Statement]],
    settings: Mapping[str, Any],
    network: SearchNetwork,
    parent: pulumi.Resource,
) -> aws.lambda_.Function:
    """Creates the function in the VPC. `statements`: what it may do with the search;
    `settings` may hold outputs."""
    stores = function.stores
    prefix = pulumi.Output.format("arn:{0}:ec2:{1}:{2}", *function_role.place(parent))
    policy = function_role.create_policy(
        function.name,
        function.operation,
        role=function.role,
        stores=stores,
        needed={"own": statements, "prefix": prefix, "vpc": search.network["vpc_id"]},
        statements=lambda known: [
            *known["own"],
            *permissions.network_statements(known["prefix"], known["vpc"]),
        ],
        parent=parent,
    )
    created, _ = event_function.create_function(
        function.name,
        function.operation,
        description=DESCRIPTIONS[kind],
        handler=f"{MODULES[kind]}.handle",
        code=source_archive.archive(files(kind)),
        memory_mb=MEMORY_MB,
        environment=(
            {names.VARIABLE: pulumi.Output.json_dumps(dict(settings), sort_keys=True)}
            if settings
            else {}
        ),
        max_age_seconds=MAX_AGE_SECONDS,
        stores=stores,
        policy=policy,
        role=function.role,
        parent=parent,
        vpc_config=aws.lambda_.FunctionVpcConfigArgs(
            subnet_ids=search.network["subnet_ids"], security_group_ids=[network.functions.id]
        ),
    )
    return created


DESCRIPTIONS = {
    "setup": "Sets OpenSearch up: index template, retention, roles, dashboards",
    "forward": "Indexes lines that CloudWatch Logs delivers",
}


def files(kind: str) -> dict[str, str]:
    """Returns the function's code, by path in the archive."""
    found = dict(source_archive.sources(MODULES[kind]))
    if kind == "setup":
        file = pathlib.Path(names.__file__).parent / setup.DASHBOARDS
        found[f"groundplan/logs/index/{setup.DASHBOARDS}"] = file.read_text(encoding="utf-8")
    return found


def digest() -> str:
    """Returns what changes with the code of the setup and with the dashboards."""
    text = json.dumps(files("setup"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def subscribe(
    spec: LogStoreSpec,
    groups: Mapping[str, pulumi.Input[str]],
    function: aws.lambda_.Function,
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> dict[str, aws.cloudwatch.LogSubscriptionFilter]:
    """Sends the lines of log groups to the function: role -> the group's name."""
    invoke, child = pulumi.InvokeOptions(parent=parent), pulumi.ResourceOptions(parent=parent)
    place = pulumi.Output.format(
        "arn:{0}:logs:{1}:{2}:log-group:",
        iam.partition(invoke),
        iam.region(invoke),
        iam.account_id(invoke),
    )
    found = {}
    for role, group in groups.items():
        allowed = aws.lambda_.Permission(
            f"{spec.name}-{role}-delivery",
            action="lambda:InvokeFunction",
            function=function.name,
            principal="logs.amazonaws.com",
            source_account=iam.account_id(invoke),
            source_arn=pulumi.Output.concat(place, group, ":*"),
            opts=child,
        )
        found[role] = aws.cloudwatch.LogSubscriptionFilter(
            f"{spec.name}-{role}-subscription",
            log_group=group,
            filter_pattern="",
            destination_arn=function.arn,
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[allowed, *after]),
        )
    return found
