"""The specification of a LogStore: its arguments, with every default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan import tags
from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.kubernetes.managed_prometheus import ManagedPrometheusArgs
from groundplan.logs.args import (
    ClusterLogsArgs,
    LogOutputArgs,
    LogStoreArgs,
    SearchArgs,
    SearchDomainArgs,
    SearchNetworkArgs,
    SearchServerlessArgs,
    TeamLogsArgs,
    TrainingJobLogsArgs,
)
from groundplan.logs.choices import LogOutputType
from groundplan.logs.fluent_bit.configuration import DEFAULT_PORTS, Output
from groundplan.logs.fluent_bit.names import PLATFORM

TRAINING_JOBS = "/aws/sagemaker/TrainingJobs"
ENDPOINTS = "/aws/sagemaker/Endpoints/"

Roles = Sequence[pulumi.Input[str]]


@dataclass(frozen=True)
class Cluster:
    """The cluster whose lines are collected."""

    cluster_name: pulumi.Input[str] | None
    """None without AWS."""
    output: Output | None
    """None for CloudWatch Logs."""
    prometheus: bool
    managed: ManagedPrometheusArgs | None
    """The workspace that evaluates the alerts; None for Prometheus in the cluster."""
    memory_mib: int


@dataclass(frozen=True)
class Team:
    """A team's logs."""

    namespaces: Sequence[str]
    endpoints: Sequence[str]
    readers: Roles


@dataclass(frozen=True)
class TrainingJobs:
    """The log group of SageMaker's training jobs."""

    create: bool
    retention_days: int


@dataclass(frozen=True)
class Domain:
    """An OpenSearch domain."""

    engine_version: str
    instance_type: str
    instance_count: int
    zone_count: int
    volume_size_gb: int
    dedicated_masters: bool
    auto_tune: bool
    audit_log: bool
    service_linked_role: bool

    @property
    def replicas(self) -> int:
        """Copies of each shard beside the first: one for each other zone."""
        return min(max(self.zone_count - 1, 1), self.instance_count - 1)


@dataclass(frozen=True)
class Serverless:
    """An OpenSearch Serverless collection."""

    standby_replicas: bool


@dataclass(frozen=True)
class Search:
    """Amazon OpenSearch: one of the two is None."""

    network: SearchNetworkArgs
    client_security_group_ids: Mapping[str, pulumi.Input[str]]
    domain: Domain | None
    serverless: Serverless | None
    retention_days: int
    readers: Roles
    administrators: Roles


@dataclass(frozen=True)
class LogStoreSpec:
    """The logs of an environment, complete."""

    name: str
    environment: str
    """`<project>-<stack>`, in the characters of a log group's name."""
    cluster: Cluster | None
    teams: Mapping[str, Team]
    endpoints: Mapping[str, pulumi.Input[str]]
    functions: Mapping[str, pulumi.Input[str]]
    training_jobs: TrainingJobs | None
    search: Search | None
    identifiers: Sequence[str]
    """Managed data identifiers that are masked; none if nothing is."""
    retention_days: int
    kms_key_arn: pulumi.Input[str] | None
    """None for a key that is created."""
    alarm_actions: Roles
    owner: str
    """Empty if it is unknown."""
    runbooks_url: str
    """Empty if alarms name paths."""
    deletion_protection: bool
    own_tags: Mapping[str, pulumi.Input[str]]
    tags: Mapping[str, pulumi.Input[str]]

    @property
    def uses_aws(self) -> bool:
        """Whether there is anything to create in AWS."""
        return self.cluster is None or self.cluster.output is None

    @property
    def prefix(self) -> str:
        """The beginning of the names of the cluster's log groups; the team follows."""
        return f"/groundplan/{self.environment}/{self.name}/"

    @property
    def groups(self) -> Sequence[str]:
        """The teams with a log group, and the platform; none without a cluster."""
        return (*self.teams, PLATFORM) if self.cluster and self.uses_aws else ()

    @property
    def owners(self) -> Mapping[str, str]:
        """Namespace -> the team that owns it."""
        return {space: name for name, team in self.teams.items() for space in team.namespaces}

    @property
    def endpoint_owners(self) -> Mapping[str, str]:
        """Key of an endpoint -> the team that owns it."""
        return {key: name for name, team in self.teams.items() for key in team.endpoints}


def resolve(args: LogStoreArgs, context: Context) -> LogStoreSpec:
    """Returns the specification of valid arguments."""
    filled: Mapping[str, Any] = with_defaults(LogStoreArgs, args)
    qualified, name = context.plain_name, context.name
    return LogStoreSpec(
        name=name,
        environment=qualified.removesuffix(f"-{name}"),
        cluster=_cluster(args["cluster"]) if "cluster" in args else None,
        teams={key: _team(key, team) for key, team in sorted(args.get("teams", {}).items())},
        endpoints=args.get("endpoints", {}),
        functions=args.get("functions", {}),
        training_jobs=(
            TrainingJobs(**with_defaults(TrainingJobLogsArgs, args["training_jobs"]))
            if "training_jobs" in args
            else None
        ),
        search=_search(args["search"]) if "search" in args else None,
        identifiers=tuple(args.get("data_protection", {}).get("identifiers", ())),
        retention_days=filled["retention_days"],
        kms_key_arn=args.get("kms_key_arn"),
        alarm_actions=args.get("alarm_actions", ()),
        owner=args.get("owner", ""),
        runbooks_url=args.get("runbooks_url", ""),
        deletion_protection=filled["deletion_protection"],
        own_tags=args.get("tags", {}),
        tags=tags.merged(name, args.get("tags")),
    )


def _cluster(args: ClusterLogsArgs) -> Cluster:
    filled = with_defaults(ClusterLogsArgs, args)
    return Cluster(
        cluster_name=args.get("cluster_name"),
        output=_output(args["output"]) if "output" in args else None,
        prometheus=filled["prometheus"],
        managed=args.get("managed_prometheus"),
        memory_mib=filled["memory_mib"],
    )


def _output(args: LogOutputArgs) -> Output:
    filled = with_defaults(LogOutputArgs, args)
    kind = LogOutputType(args["type"])
    return Output(
        type=kind,
        host=args["host"],
        port=filled.get("port", DEFAULT_PORTS[kind]),
        tls=filled["tls"],
        path=filled.get("path", ""),
        index=filled["index"],
        namespace=filled.get("namespace"),
        secret_name=filled.get("secret_name"),
    )


def _team(name: str, args: TeamLogsArgs) -> Team:
    return Team(
        namespaces=tuple(args.get("namespaces", [name])),
        endpoints=tuple(args.get("endpoints", ())),
        readers=tuple(args.get("readers", ())),
    )


def _search(args: SearchArgs) -> Search:
    filled = with_defaults(SearchArgs, args)
    return Search(
        network=args["network"],
        client_security_group_ids=args.get("client_security_group_ids", {}),
        domain=domain(args["domain"]) if "domain" in args else None,
        serverless=(
            Serverless(**with_defaults(SearchServerlessArgs, args["serverless"]))
            if "serverless" in args
            else None
        ),
        retention_days=filled["retention_days"],
        readers=tuple(args.get("readers", ())),
        administrators=tuple(args.get("administrators", ())),
    )


def domain(args: SearchDomainArgs) -> Domain:
    """Returns the domain of valid arguments."""
    filled = with_defaults(SearchDomainArgs, args)
    burstable = is_burstable(filled["instance_type"])
    computed = {
        # Amazon OpenSearch Service Developer Guide, "Dedicated master nodes": three for
        # production, of at least three data nodes.
        "dedicated_masters": filled["instance_count"] >= 3,
        "auto_tune": not burstable,
    }
    return Domain(**{**computed, **filled})


def is_burstable(instance_type: str) -> bool:
    """Returns whether an instance type is a T2 or a T3."""
    return instance_type.startswith(("t2.", "t3."))
