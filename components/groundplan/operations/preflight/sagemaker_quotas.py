"""Whether the quotas of SageMaker have the instances that a stack needs."""

from collections.abc import Collection, Iterator

from groundplan.operations.preflight import quota_values, sagemaker_instances
from groundplan.operations.preflight.finding import Finding, Stage, Unchecked
from groundplan.operations.preflight.plan import Plan, known, mapping
from groundplan.operations.preflight.reader import Missing, Reader, entries
from groundplan.operations.preflight.sagemaker_instances import ENDPOINT, InstanceNeed

CHECK = "quotas of SageMaker"
UNIT = "instances"

JOBS = {
    "training job usage": ("training", "TrainingJob", ("ResourceConfig",)),
    "spot training job usage": ("training", "TrainingJob", ("ResourceConfig",)),
    "processing job usage": (
        "processing",
        "ProcessingJob",
        ("ProcessingResources", "ClusterConfig"),
    ),
    "transform job usage": ("transform", "TransformJob", ("TransformResources",)),
}
"""The use of a quota -> how its jobs are listed, and where their instances are
stated."""


def check(plan: Plan, account: Reader) -> Iterator[Finding | Unchecked]:
    """Yields a finding for each quota that is too small."""
    groups: dict[tuple[str, str], list[InstanceNeed]] = {}
    for need in sagemaker_instances.of(plan):
        groups.setdefault((need.region, need.quota), []).append(need)
    own = {
        known(endpoint.inputs.get("name")) or plan.deployed_id(endpoint)
        for endpoint in plan.of_type(ENDPOINT)
        if plan.is_deployed(endpoint)
    }
    for (region, name), members in groups.items():
        first = members[0]
        if not region:
            yield Unchecked(CHECK, first.resource.name, "its region isn't known")
            continue
        quota = quota_values.by_name(account, "sagemaker", region).get(name)
        if quota is None:
            yield Unchecked(CHECK, name, f"Service Quotas does not list it in {region}")
            continue
        used = _used(account, first, own)
        jobs = first.use in JOBS
        # Jobs of a state machine follow one another: the largest counts, not the sum.
        now = sum(need.now for need in members)
        most = max(n.most for n in members) if jobs else sum(n.most for n in members)
        for stage, needed in ((Stage.UP, now), (Stage.SCALING, most)):
            if needed and used + needed > quota.value:
                yield quota_values.short(
                    CHECK,
                    first.resource,
                    quota,
                    needed=needed,
                    used=used,
                    unit=UNIT,
                    most=most,
                    stage=stage,
                    why=f" of {first.type}: {', '.join(dict.fromkeys(_names(members)))}",
                    other="another instance type",
                    alternatives=_others(account, first, most),
                )
                break


def _names(members: list[InstanceNeed]) -> list[str]:
    return [need.resource.name for need in members]


def _others(account: Reader, need: InstanceNeed, count: int) -> tuple[str, ...]:
    """Returns the cheapest instance type that does the same and whose quota has
    room."""
    from groundplan.facts import prices
    from groundplan.operations.preflight import alternatives

    book = prices.of(need.region)
    hour = book.endpoint_hour if need.use == "endpoint usage" else book.training_hour
    quotas = quota_values.by_name(account, "sagemaker", need.region)
    priced = sorted(
        (price.usd, f"ml.{other.name}")
        for other in alternatives.similar(need.type.removeprefix("ml."))
        if (price := hour(f"ml.{other.name}"))
        and (quota := quotas.get(f"ml.{other.name} for {need.use}"))
        and quota.value >= count
    )
    return tuple(f"{name} in {need.region}, USD {usd:.2f} an hour" for usd, name in priced[:1])


def _used(account: Reader, need: InstanceNeed, own: Collection[str]) -> int:
    if need.use == "endpoint usage":
        return _on_endpoints(account, need, own)
    if need.use in JOBS:
        return _in_jobs(account, need)
    answer = account.read(
        "sagemaker", "list_notebook_instances", region=need.region, StatusEquals="InService"
    )
    listed = entries(answer, "NotebookInstances")
    return sum(entry.get("InstanceType") == need.type for entry in listed)


def _on_endpoints(account: Reader, need: InstanceNeed, own: Collection[str]) -> int:
    answer = account.read("sagemaker", "list_endpoints", region=need.region)
    used = 0
    for entry in entries(answer, "Endpoints"):
        name = str(entry["EndpointName"])
        if name in own:
            continue
        try:
            endpoint = account.read(
                "sagemaker", "describe_endpoint", region=need.region, EndpointName=name
            )
            configuration = account.read(
                "sagemaker",
                "describe_endpoint_config",
                region=need.region,
                EndpointConfigName=endpoint["EndpointConfigName"],
            )
        except Missing:
            continue  # deleted in between
        counts = {
            str(variant.get("VariantName")): variant.get("CurrentInstanceCount")
            for variant in entries(endpoint, "ProductionVariants")
        }
        for variant in entries(configuration, "ProductionVariants"):
            if variant.get("InstanceType") == need.type:
                current = counts.get(str(variant.get("VariantName")))
                used += int(current or variant.get("InitialInstanceCount") or 0)
    return used


def _in_jobs(account: Reader, need: InstanceNeed) -> int:
    kind, shape, path = JOBS[need.use]
    answer = account.read(
        "sagemaker", f"list_{kind}_jobs", region=need.region, StatusEquals="InProgress"
    )
    used = 0
    for entry in entries(answer, f"{shape}Summaries"):
        name = str(entry[f"{shape}Name"])
        try:
            job = account.read(
                "sagemaker", f"describe_{kind}_job", region=need.region, **{f"{shape}Name": name}
            )
        except Missing:
            continue
        if kind == "training" and bool(job.get("EnableManagedSpotTraining")) != (
            need.use.startswith("spot")
        ):
            continue
        for key in path:
            job = mapping(job.get(key))
        if job.get("InstanceType") == need.type:
            used += int(job.get("InstanceCount") or 0)
    return used
