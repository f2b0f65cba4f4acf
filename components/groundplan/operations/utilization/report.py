"""The report on an environment: every resource judged, counted and summed up."""

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.facts import prices
from groundplan.operations.utilization import cluster, judging, opencost, spending, thresholds
from groundplan.operations.utilization.account import Account
from groundplan.operations.utilization.inspection import Situation
from groundplan.operations.utilization.metrics import Window
from groundplan.operations.utilization.prometheus import Prometheus, Unreachable
from groundplan.operations.utilization.resources import Judged, Kind, Resource, Verdict
from groundplan.operations.utilization.scope import Scope, bucket_tags

NO_TEAM = "(no team)"
NO_TAGS = (
    "Notebooks, volumes, addresses, log groups and functions were not looked at: the "
    "environment has no tags of its own that they could be known by. Fix: set "
    "groundplan:tags, name them with --tag, or look at the whole region"
)


@dataclass(frozen=True)
class Sources:
    """What is asked beside AWS' own APIs of resources."""

    prometheus_url: str = ""
    """Of the cluster's Prometheus, or of a workspace of Amazon Managed Service for
    Prometheus; empty if it can't be reached."""
    opencost_url: str = ""
    """Of OpenCost's API; empty if it can't be reached."""
    cost_explorer: bool = True
    """Whether Cost Explorer is asked, for 0.01 USD."""


@dataclass
class Sum:
    """Resources, and what they cost a month."""

    resources: int = 0
    usd: float = 0.0
    """Of those whose cost is known."""
    unknown: int = 0
    """Resources whose cost is not known."""
    saving_usd: float = 0.0
    unknown_savings: int = 0
    """Resources that idle and whose saving is not known."""
    verdicts: dict[str, int] = field(default_factory=dict)
    """Verdict -> how often."""

    def add(self, resource: Resource, judgements: list[Judged]) -> None:
        """Takes a resource into account."""
        self.resources += 1
        if resource.cost.usd is None:
            self.unknown += 1
        else:
            self.usd += resource.cost.usd
        for judged in judgements:
            verdict = judged.judgement.verdict
            self.verdicts[verdict.value] = self.verdicts.get(verdict.value, 0) + 1
            if judged.judgement.saving_usd is not None:
                self.saving_usd += judged.judgement.saving_usd
            elif verdict in (Verdict.IDLE, Verdict.TOO_LARGE) and resource.kind is not Kind.QUEUE:
                self.unknown_savings += 1


@dataclass
class Report:
    """What is said of an environment."""

    region: str
    window: Window
    namespace: str
    findings: list[Judged] = field(default_factory=list)
    """All judgements but the healthy ones; the largest savings first."""
    total: Sum = field(default_factory=Sum)
    kinds: dict[str, Sum] = field(default_factory=dict)
    teams: dict[str, Sum] = field(default_factory=dict)
    """By tags; `(no team)` for what has none."""
    shares: list[opencost.Share] | None = None
    """The namespaces' shares of the cluster, by OpenCost; None if it is not known."""
    spent: spending.Spent | None = None
    """What AWS bills; None if it is not known."""
    missing: list[str] = field(default_factory=list)
    """Sentences on what could not be looked at."""

    def add(self, resource: Resource, judgements: list[Judged]) -> None:
        """Takes a resource and its judgements into account."""
        sums = (
            self.total,
            self.kinds.setdefault(resource.kind.value, Sum()),
            self.teams.setdefault(resource.team or NO_TEAM, Sum()),
        )
        for each in sums:
            each.add(resource, judgements)
        self.findings += [j for j in judgements if j.judgement.verdict is not Verdict.HEALTHY]

    def note(self, sentence: str) -> None:
        """Takes into account what could not be looked at, once."""
        if sentence not in self.missing:
            self.missing.append(sentence)

    @property
    def has_findings(self) -> bool:
        """Whether something idles, is too large or too small."""
        wanted = (Verdict.IDLE, Verdict.TOO_LARGE, Verdict.TOO_SMALL)
        return any(found.judgement.verdict in wanted for found in self.findings)


def build(
    account: Account,
    scope: Scope,
    *,
    days: int,
    now: datetime.datetime,
    sources: Sources = Sources(),
    progress: Callable[[str], None] = lambda _text: None,
) -> Report:
    """Returns the report. What can't be read is a sentence in it, and stops nothing
    else; without credentials it raises."""
    window = Window.before(now, days)
    report = Report(account.region, window, scope.namespace)
    situation = Situation(account, scope, window, prices.of(account.region))
    if not scope.knows_tags:
        report.note(NO_TAGS)
    pools: list[Resource] = []
    for inspection in judging.INSPECTIONS:
        progress(f"{inspection.kind.value}s")
        for resource, judgements in judging.judged(inspection, situation, report.note):
            if resource.kind is Kind.POOL and not judgements:
                pools.append(resource)
            else:
                report.add(resource, list(judgements))
    _measure_cluster(report, situation, pools, sources, progress)
    _add_costs(report, situation, sources, progress)
    report.findings.sort(key=_order)
    return report


def own_tags(account: Account, bucket: str) -> tuple[Mapping[str, str], str]:
    """Returns the environment's own tags, those of its bucket, and a sentence if they
    can't be read; without credentials it raises."""
    try:
        return bucket_tags(account, bucket), ""
    except (ClientError, BotoCoreError) as error:
        if isinstance(error, aws.CREDENTIALS) or aws.code(error) in aws.EXPIRED:
            raise
        return {}, judging.sentence("The environment's tags", error)


def _order(found: Judged) -> tuple[Any, ...]:
    order = list(Verdict)
    saving = found.judgement.saving_usd or 0.0
    return (-saving, order.index(found.judgement.verdict), found.resource.kind, found.resource.name)


def _measure_cluster(
    report: Report,
    situation: Situation,
    pools: list[Resource],
    sources: Sources,
    progress: Callable[[str], None],
) -> None:
    """Adds pools with accelerators, and queues."""
    if not situation.scope.cluster:
        return
    progress("Prometheus")
    prometheus = Prometheus(sources.prometheus_url) if sources.prometheus_url else None
    judged: list[Judged] = []
    try:
        judged = list(cluster.gpu_pools(situation, pools, prometheus))
    except (Unreachable, ClientError, BotoCoreError) as error:
        report.note(_why("GPUs of the cluster", error))
        judged = list(cluster.gpu_pools(situation, pools, None))
    for found in judged:
        report.add(found.resource, [found])
    if prometheus is None:
        report.note(
            "GPUs and queues of the cluster are unknown: no Prometheus was named. Fix: name it "
            "(kubectl port-forward, or the URL of a workspace)"
        )
        return
    try:
        for found in cluster.queues(situation, prometheus):
            report.add(found.resource, [found])
    except Unreachable as error:
        report.note(_why("queues of the cluster", error))


def _add_costs(
    report: Report, situation: Situation, sources: Sources, progress: Callable[[str], None]
) -> None:
    """Adds the shares of namespaces, and what AWS bills."""
    if sources.opencost_url:
        progress("OpenCost")
        try:
            report.shares = opencost.shares(sources.opencost_url, report.window)
        except Unreachable as error:
            report.note(_why("shares of namespaces", error))
    elif situation.scope.cluster:
        report.note("Shares of namespaces are unknown: no OpenCost was named")
    if not sources.cost_explorer or not situation.scope.tags:
        return
    progress("Cost Explorer")
    try:
        report.spent = spending.spent(situation.account, situation.scope.tags, report.window)
    except (ClientError, BotoCoreError) as error:
        if isinstance(error, aws.CREDENTIALS):
            raise
        report.note(judging.sentence("Billed costs", error))
        return
    if report.spent is None:
        report.note(
            "Billed costs are unknown: Cost Explorer has none with the environment's tags. Fix: "
            "activate them as cost allocation tags"
        )


def _why(what: str, error: Exception) -> str:
    text = str(error) if isinstance(error, Unreachable) else aws.words(error)
    return f"{what[0].upper()}{what[1:]} are unknown: {text}"


def rows(report: Report) -> Iterator[Mapping[str, Any]]:
    """Yields the findings as plain data."""
    for found in report.findings:
        resource, judgement = found.resource, found.judgement
        yield {
            "kind": resource.kind.value,
            "name": resource.name,
            "id": resource.id,
            "team": resource.team,
            "verdict": judgement.verdict.value,
            "reason": judgement.reason,
            "threshold": judgement.threshold,
            "advice": judgement.advice,
            "setting": judgement.setting.text(report.namespace) if judgement.setting else "",
            "usdPerMonth": _cents(resource.cost.usd),
            "cost": resource.cost.basis,
            "savingUsdPerMonth": _cents(judgement.saving_usd),
        }


def document(report: Report) -> dict[str, Any]:
    """Returns the report as plain data: what `--json` prints. An unknown cost is
    null."""
    return {
        "version": 1,
        "region": report.region,
        "from": report.window.start.isoformat(),
        "until": report.window.end.isoformat(),
        "total": _sum(report.total),
        "kinds": {name: _sum(value) for name, value in sorted(report.kinds.items())},
        "teams": {name: _sum(value) for name, value in sorted(report.teams.items())},
        "namespaces": None
        if report.shares is None
        else [
            {
                "namespace": share.namespace,
                "usd": _cents(share.usd),
                "gpuUsd": _cents(share.gpu_usd),
                "gpuHours": round(share.gpu_hours, 2),
            }
            for share in report.shares
        ],
        "billed": None
        if report.spent is None
        else {
            "usd": _cents(report.spent.usd),
            "services": {k: _cents(v) for k, v in sorted(report.spent.services.items())},
            "teams": {k: _cents(v) for k, v in sorted(report.spent.teams.items())},
        },
        "missing": list(report.missing),
        "findings": list(rows(report)),
        "thresholds": {name: vars(value) for name, value in thresholds.TABLE.items()},
    }


def _sum(value: Sum) -> dict[str, Any]:
    return {
        "resources": value.resources,
        "usdPerMonth": _cents(value.usd),
        "unknownCosts": value.unknown,
        "savingUsdPerMonth": _cents(value.saving_usd),
        "unknownSavings": value.unknown_savings,
        "verdicts": dict(sorted(value.verdicts.items())),
    }


def _cents(usd: float | None) -> float | None:
    return None if usd is None else round(usd, 2)
