"""The alerts of an endpoint's objectives, on the burn rate of their error budgets, and
what can't be an objective of it."""

from collections.abc import Iterator, Sequence

from groundplan.kubernetes.alert_rules import AlertRule, AlertSeverity
from groundplan.objectives import objective as objectives
from groundplan.objectives.burn_rates import LATER, LEAST_FAILURES, URGENT, BurnRate
from groundplan.objectives.objective import Objective
from groundplan.problems import MISSING, Problem, under
from groundplan.serving.kubernetes_endpoint import resolution, series
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.spec import EndpointSpec, Metrics

UNMEASURED_MINUTES = 30


def rules(spec: EndpointSpec) -> Iterator[AlertRule]:
    """Returns the alerts of the objectives; none without metrics."""
    if spec.metrics is None:
        return
    pods = series.of_pods(spec.namespace, spec.name)
    for objective in spec.objectives:
        urgent = _spent(objective, spec.metrics, pods, URGENT)
        yield _alert(spec.name, objective, "Fast", urgent, AlertSeverity.CRITICAL, URGENT)
        # The urgent alert takes the place of the other.
        rest = f"({_spent(objective, spec.metrics, pods, LATER)}) unless ({urgent})"
        yield _alert(spec.name, objective, "", rest, AlertSeverity.WARNING, LATER)
        if objective.latency_ms is not None:
            yield _unmeasured(spec.name, objective, objective.latency_ms, spec.metrics, pods)


def problems(args: KubernetesEndpointArgs) -> list[Problem]:
    """Returns the problems of an endpoint's objective."""
    if "objective" not in args:
        return []
    found = under("objective", objectives.problems(args["objective"]))
    if "metrics" not in args and not resolution.is_vllm(args):
        allowed = "the metrics of the pods, which count their requests, for an objective"
        found.append(Problem("metrics", MISSING, allowed, "set it, or remove objective"))
    if not resolution.argument(args, "prometheus"):
        fix = "set prometheus to true, or remove objective"
        found.append(Problem("prometheus", False, "true with an objective", fix))
    return found


def _alert(
    endpoint: str,
    objective: Objective,
    how: str,
    expr: str,
    severity: AlertSeverity,
    burns: Sequence[BurnRate],
) -> AlertRule:
    budgets = " or ".join(
        f"{burn.budget_percent:g} % in {_range(burn.long_minutes)}" for burn in burns
    )
    return AlertRule(
        f"Endpoint{objective.role.capitalize()}Burns{how}",
        expr,
        # The short window takes the place of `for`.
        0,
        severity,
        f"Endpoint {endpoint} misses its objective",
        f"The objective of endpoint {endpoint} is {objective.summary}. Its error budget of 30 "
        f"days is spent {'fast' if how else 'before their end'}: {budgets}.",
        objective.runbook,
    )


def _spent(objective: Objective, metrics: Metrics, pods: str, burns: Sequence[BurnRate]) -> str:
    """Returns a query with a result while the budget is spent at one of the rates."""
    pairs = []
    for burn in burns:
        limit = round(burn.rate * objective.budget, 8)
        long, short = _range(burn.long_minutes), _range(burn.short_minutes)
        bad = _bad(objective, metrics, pods, long, "increase")
        pairs.append(
            f"({_share(objective, metrics, pods, long)} > {limit:g} "
            f"and {_share(objective, metrics, pods, short)} > {limit:g} "
            f"and {bad} >= {LEAST_FAILURES})"
        )
    return " or ".join(pairs)


def _share(objective: Objective, metrics: Metrics, pods: str, window: str) -> str:
    counter = metrics.requests if objective.latency_ms is None else f"{metrics.latency}_count"
    bad = _bad(objective, metrics, pods, window, "rate")
    return f"{bad} / sum(rate({counter}{{{pods}}}[{window}]))"


def _bad(objective: Objective, metrics: Metrics, pods: str, window: str, function: str) -> str:
    if objective.latency_ms is None:
        return f'sum({function}({metrics.requests}{{{pods},status=~"5.."}}[{window}]))'
    count, bucket = f"{metrics.latency}_count", f"{metrics.latency}_bucket"
    within = f"{pods},{_bucket(objective.latency_ms)}"
    return (
        f"(sum({function}({count}{{{pods}}}[{window}])) - "
        f"sum({function}({bucket}{{{within}}}[{window}])))"
    )


def _bucket(latency_ms: float) -> str:
    """Returns the label of the histogram's bucket: clients write 1 as `1` or `1.0`."""
    seconds = latency_ms / 1000
    texts = dict.fromkeys((f"{seconds:g}", str(float(seconds))))
    return f'le=~"{"|".join(text.replace(".", "[.]") for text in texts)}"'


def _unmeasured(
    endpoint: str, objective: Objective, latency_ms: float, metrics: Metrics, pods: str
) -> AlertRule:
    """Returns an alert on a histogram without the objective's bucket, whose other
    alerts would never fire."""
    count, bucket = f"{metrics.latency}_count", f"{metrics.latency}_bucket"
    return AlertRule(
        "EndpointObjectiveUnmeasured",
        f"sum(rate({count}{{{pods}}}[1h])) > 0 "
        f"unless sum(rate({bucket}{{{pods},{_bucket(latency_ms)}}}[1h]))",
        UNMEASURED_MINUTES,
        AlertSeverity.WARNING,
        f"The latency objective of endpoint {endpoint} is not measured",
        f"{metrics.latency} has no bucket of {latency_ms:g} ms: use one of its buckets as "
        "latency_ms, or add this one to the histogram.",
        objective.runbook,
    )


def _range(minutes: int) -> str:
    """Returns a range of PromQL."""
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"
