"""The assumed quantities of an estimate: usage that no plan states, each with a default
and a unit.

The defaults are round numbers for a small team, not measurements.
`Assumptions.from_data` overrides them, for the whole environment or for one resource;
an estimate lists the quantities that it used.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

HOURS = 730
"""Hours a month, as AWS's own calculators count."""


def _quantity(default: float, words: str, unit: str) -> float:
    return field(default=default, metadata={"words": words, "unit": unit})


@dataclass(frozen=True)
class Assumptions:
    """Quantities a month. Each is a number of at least zero, for one resource of its
    kind."""

    nat_gb: float = _quantity(100, "nat traffic", "GB a month and gateway")
    """Data that a NAT gateway processes, in both directions."""
    interface_endpoint_gb: float = _quantity(
        10, "interface endpoint traffic", "GB a month and endpoint"
    )
    """Data that an interface VPC endpoint processes, in all zones together."""
    load_balancer_units: float = _quantity(1, "load balancer use", "capacity units on average")
    """Load balancer capacity units (LCU), on average over the month."""
    bucket_gb: float = _quantity(100, "bucket size", "GB and bucket")
    """The size of a bucket, on average over the month."""
    bucket_objects: float = _quantity(10_000, "bucket objects", "objects and bucket")
    """Objects that Intelligent-Tiering monitors; small ones (under 128 KB) are free."""
    bucket_writes: float = _quantity(
        100_000, "bucket writes", "PUT, COPY, POST and LIST requests a month and bucket"
    )
    """Requests that write or list."""
    bucket_reads: float = _quantity(1_000_000, "bucket reads", "GET requests a month and bucket")
    """Requests that read."""
    root_volume_gb: float = _quantity(8, "root volumes", "GB where the plan doesn't say")
    """Size of an EC2 instance's root volume where it is left to the AMI: Amazon Linux
    2023 has 8 GB."""
    key_requests: float = _quantity(20_000, "key requests", "a month and key")
    """Requests to KMS with a key, S3's and EBS's among them."""
    key_rotations: float = _quantity(
        0, "key rotations", "so far (each of the first two costs as much as a key)"
    )
    """How often a key's material has been rotated: 0, 1 or 2; AWS charges no more than
    two."""
    secret_requests: float = _quantity(10_000, "secret requests", "a month and secret")
    """Reads of a secret."""
    repository_gb: float = _quantity(10, "image repositories", "GB and repository")
    """The size of an image repository."""
    log_gb: float = _quantity(1, "logs", "GB a month and log group")
    """Data that is written to a log group."""
    control_plane_log_gb: float = _quantity(5, "control plane logs", "GB a month and EKS cluster")
    """Logs of an EKS control plane; the audit log is most of them."""
    flow_log_gb: float = _quantity(10, "flow logs", "GB a month and flow log")
    """Data of a VPC flow log; it grows with the number of connections."""
    log_months: float = _quantity(12, "logs without retention", "months stored")
    """Months of logs that a group without a retention period stores: it never deletes
    any."""
    search_gb: float = _quantity(10, "search storage", "GB and serverless collection")
    """Indexed data of an OpenSearch Serverless collection."""
    custom_metrics: float = _quantity(10, "log metrics", "custom metrics and metric filter")
    """Metrics that a metric filter of a log group publishes, one for each combination
    of its dimensions."""
    prometheus_samples: float = _quantity(
        2_000_000_000, "prometheus samples", "a month and managed workspace"
    )
    """Samples that a managed Prometheus workspace ingests: some 23,000 series, each
    every 30 seconds. `prometheus_tsdb_head_series` counts the series of a cluster."""
    prometheus_query_samples: float = _quantity(
        10_000_000_000, "prometheus query samples", "a month and managed workspace"
    )
    """Samples that rules and dashboards read from a managed Prometheus workspace."""
    grafana_editors: float = _quantity(
        1, "grafana editors", "active users a month and managed workspace"
    )
    """Users who edit; viewers are charged in addition."""
    topic_messages: float = _quantity(1_000, "topic messages", "a month and topic")
    """Messages published to an SNS topic; each goes to every subscription."""
    queue_requests: float = _quantity(1_000_000, "queue requests", "a month and queue")
    """Requests to an SQS queue, empty polls among them."""
    bus_events: float = _quantity(100_000, "custom events", "a month and event bus")
    """Custom events on a custom event bus."""
    http_api_requests: float = _quantity(100_000, "http api requests", "a month and HTTP API")
    """Requests to an HTTP API."""
    function_requests: float = _quantity(100_000, "function calls", "a month and function")
    """Calls of a Lambda function."""
    function_seconds: float = _quantity(0.5, "function time", "seconds a call")
    """The duration of a call, on average."""
    glue_dpu_hours: float = _quantity(10, "glue dpu hours", "a month and job")
    """DPU hours of the runs of an AWS Glue job."""
    glue_check_minutes: float = _quantity(
        10, "glue check time", "minutes a check of an endpoint on Spark, up to its timeout"
    )
    """The duration of a scheduled check of an endpoint on Spark: starting takes two of
    them."""
    state_machine_executions: float = _quantity(
        100, "state machine executions", "a month and state machine"
    )
    """Executions of a Step Functions state machine."""
    serverless_requests: float = _quantity(
        100_000, "serverless requests", "a month and serverless variant"
    )
    """Requests to a serverless variant of a SageMaker endpoint."""
    serverless_seconds: float = _quantity(0.5, "serverless time", "seconds a request")
    """The duration of such a request, on average."""
    training_hours: float = _quantity(
        4, "training time", "hours a month and training job, up to its maximum runtime"
    )
    """The duration of a SageMaker training job, and of the training of a retraining
    run; at most its maximum runtime."""
    retraining_runs: float = _quantity(2, "retraining runs", "a month and pipeline")
    """Runs of a retraining pipeline that train and evaluate; as many as its budget
    allows at the most."""
    tracking_gb: float = _quantity(1, "experiment metadata", "GB and tracking server")
    """Metadata of runs that a SageMaker MLflow tracking server stores, apart from their
    artifacts."""
    working_hours: float = _quantity(176, "working hours", "a month: 8 on each of 22 days")
    """Hours a month in which a pool that scales runs `working_nodes` beside its desired
    size: the scenario of working days."""
    working_nodes: float = _quantity(1, "working nodes", "more in each pool that can scale")
    """Nodes that a pool starts for work in these hours, up to its maximum size."""
    resources: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Overrides for one resource: its name -> field -> quantity."""

    def fixed_cost(self, resource: str) -> float | None:
        """Returns what a resource costs a month by the user's own word; `None` where it
        is estimated."""
        return self.resources.get(resource, {}).get(FIXED_COST)

    def of(self, name: str, resource: str) -> float:
        """Returns the quantity `name` for a resource."""
        return float(self.resources.get(resource, {}).get(name, getattr(self, name)))

    def is_set(self, name: str, resource: str) -> bool:
        """Returns whether the user says the quantity `name`, for a resource or for
        all."""
        return name in self._own(resource) or getattr(self, name) != getattr(Assumptions, name)

    def words(self, name: str, resources: Iterable[str] = ()) -> tuple[str, str]:
        """Returns the name and the text of a quantity that was used for `resources`:
        `nat traffic`, `100 GB a month and gateway`."""
        known = next(f.metadata for f in fields(self) if f.name == name)
        own = [
            f"{resource}: {amount_text(self.of(name, resource))}"
            for resource in sorted(resources)
            if name in self._own(resource)
        ]
        return known["words"], f"{amount_text(getattr(self, name))} {known['unit']}" + (
            f" ({', '.join(own)})" if own else ""
        )

    def _own(self, resource: str) -> Mapping[str, float]:
        return self.resources.get(resource, {})

    def to_data(self) -> dict[str, Any]:
        """Returns the assumptions as JSON-ready data."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Assumptions":
        """Returns the assumptions in JSON data; quantities that it doesn't name have
        their defaults.

        Raises `ValueError` with every mistake: a name that isn't a quantity, a value
        that isn't a number of at least zero.
        """
        quantities = dict(data)
        own = quantities.pop("resources", {})
        problems = _problems(quantities, "")
        if not isinstance(own, Mapping):
            problems.append("resources: expected a mapping from a resource's name to quantities")
        else:
            for name, overrides in own.items():
                problems += _problems(overrides, f"resources.{name}.", (*QUANTITIES, FIXED_COST))
        if problems:
            raise ValueError("; ".join(problems))
        return cls(**quantities, resources=own)


FIXED_COST = "usd_a_month"
"""The quantity of one resource that replaces its estimate: what the user knows that it
costs, USD a month."""

QUANTITIES = tuple(f.name for f in fields(Assumptions) if f.metadata)
"""The names of all quantities, in their order."""


def amount_text(amount: float) -> str:
    """Returns the text of a number: `1,000,000`, `0.5`."""
    return f"{amount:,.0f}" if amount == int(amount) else f"{amount:,.3g}"


def _problems(data: Any, path: str, quantities: tuple[str, ...] | None = None) -> list[str]:
    if not isinstance(data, Mapping):
        return [f"{path.removesuffix('.')}: expected a mapping from quantities to numbers"]
    return [
        f"{path}{name}: not a quantity; there are {', '.join(quantities or QUANTITIES)}"
        if name not in (quantities or QUANTITIES)
        else f"{path}{name}: {value!r} is not a number of at least 0"
        for name, value in data.items()
        if name not in (quantities or QUANTITIES) or not is_amount(value)
    ]


def is_amount(value: Any) -> bool:
    """Returns whether a value is a number of at least 0."""
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")
    )
