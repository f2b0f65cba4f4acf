"""The specification of a CostGuard: its arguments, with every default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.cost_guard.component.args import (
    CostGuardArgs,
    GuardCeilingArgs,
    GuardDataExportArgs,
    GuardScheduleArgs,
    GuardStopsArgs,
)
from groundplan.lambda_functions import operation
from groundplan.storage.access import ArtifactAccessArgs

TEAM, COMPONENT = "groundplan:team", "groundplan:component"


@dataclass(frozen=True)
class GuardBudget:
    """A budget: of the environment, of a team or of a model."""

    role: str
    """Part of its name: `team-search`."""
    scope: str
    """`environment`, `team:search` or `model:churn`."""
    usd: float
    tag: tuple[str, str] | None
    """The tag that its costs have beside the environment's."""


@dataclass(frozen=True)
class CostGuardSpec(operation.FunctionOperation):
    """A cost guard, complete."""

    bucket: ArtifactAccessArgs
    budgets: tuple[GuardBudget, ...]
    actual_percents: Sequence[int]
    forecast_percent: int
    allocation_tags: Sequence[str]
    anomaly_usd: float | None
    anomaly_monitor_arn: pulumi.Input[str] | None
    data_export: Mapping[str, Any] | None
    stops: Mapping[str, Any]
    """`GuardStopsArgs`, with defaults."""
    dry_run: bool
    interval_minutes: int
    node_groups: Mapping[str, pulumi.Input[str]]
    """Those that may be stopped."""
    cluster_name: pulumi.Input[str]
    """Empty without a cluster."""
    endpoints: Mapping[str, pulumi.Input[str]]
    """Those that may be stopped."""
    endpoint_key_arns: Sequence[pulumi.Input[str]]
    journal_prefix: str
    topic_arn: pulumi.Input[str] | None
    topic_key_arn: pulumi.Input[str] | None
    memory_mb: int
    plain: Mapping[str, Any]
    """Settings of the function that depend on no resource."""

    @property
    def stops_anything(self) -> bool:
        """Whether something may be stopped."""
        keys = ("pools", "endpoints", "notebooks", "studio_domains", "training_jobs")
        return any(self.stops[key] for key in keys)


def resolve(args: CostGuardArgs, context: Context) -> CostGuardSpec:
    """Returns the specification of valid arguments."""
    filled: Mapping[str, Any] = with_defaults(CostGuardArgs, args)
    stops: Mapping[str, Any] = with_defaults(GuardStopsArgs, args.get("stops", {}))
    node_groups, endpoints = args.get("node_groups", {}), args.get("endpoints", {})
    export = args.get("data_export")
    anomalies = args.get("anomalies")
    return CostGuardSpec(
        **operation.of(filled),
        bucket=args["bucket"],
        budgets=tuple(_budgets(args)),
        actual_percents=filled["actual_percents"],
        forecast_percent=filled["forecast_percent"],
        allocation_tags=filled["allocation_tags"],
        anomaly_usd=None if anomalies is None else anomalies["min_usd"],
        anomaly_monitor_arn=None if anomalies is None else anomalies.get("monitor_arn"),
        data_export=None if export is None else with_defaults(GuardDataExportArgs, export),
        stops=stops,
        dry_run=filled["dry_run"],
        interval_minutes=filled["interval_minutes"],
        node_groups={name: node_groups[name] for name in stops["pools"]},
        cluster_name=args.get("cluster_name", ""),
        endpoints={name: endpoints[name] for name in stops["endpoints"]},
        endpoint_key_arns=args.get("endpoint_key_arns", ()),
        journal_prefix=filled["journal_prefix"],
        topic_arn=args.get("topic_arn"),
        topic_key_arn=args.get("topic_key_arn"),
        memory_mb=filled["memory_mb"],
        plain=_plain(args, filled, stops, context),
    )


def _budgets(args: CostGuardArgs) -> list[GuardBudget]:
    return [
        GuardBudget("environment", "environment", args["usd_per_month"], None),
        *(
            GuardBudget(f"team-{team}", f"team:{team}", usd, (TEAM, team))
            for team, usd in args.get("teams", {}).items()
        ),
        *(
            GuardBudget(f"model-{model}", f"model:{model}", usd, (COMPONENT, model))
            for model, usd in args.get("models", {}).items()
        ),
    ]


def _plain(
    args: CostGuardArgs, filled: Mapping[str, Any], stops: Mapping[str, Any], context: Context
) -> dict[str, Any]:
    """Returns the settings of the function (`engine.settings.Settings`) that are known
    already."""
    plain: dict[str, Any] = {
        "environment": f"{context.project}-{context.stack}",
        "prefix": filled["journal_prefix"],
        "dry_run": filled["dry_run"],
        "interval_minutes": filled["interval_minutes"],
        "notebooks": stops["notebooks"],
        "studio_domains": list(stops["studio_domains"]),
        "training_jobs": stops["training_jobs"],
        "idle": stops["idle"],
        "expires": args.get("expires", ""),
        "remind_days_before": filled["remind_days_before"],
    }
    if "schedule" in args:
        plain["hours"] = dict(with_defaults(GuardScheduleArgs, args["schedule"]))
    if "ceiling" in args:
        ceiling: Mapping[str, Any] = with_defaults(GuardCeilingArgs, args["ceiling"])
        plain |= {
            "ceiling_usd": ceiling["usd_per_month"],
            "fixed_usd": ceiling["fixed_usd_per_month"],
            "reserve_usd_per_hour": ceiling["reserve_usd_per_hour"],
        }
    return plain
