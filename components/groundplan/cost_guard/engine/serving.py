"""SageMaker endpoints that may be deleted while the environment is closed: their
configurations, models and data stay, and the same configuration starts them again."""

import datetime
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.cost_guard.engine.decision import Kind, Level, Target
from groundplan.cost_guard.engine.ledger import Use
from groundplan.cost_guard.engine.pools import Busy
from groundplan.cost_guard.engine.reading import Reading
from groundplan.operations.utilization.account import Account

CHANGING = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")


def read(account: Account, endpoints: Mapping[str, str], reading: Reading) -> None:
    """Adds the endpoints that may be stopped."""
    sagemaker = account.client("sagemaker")
    for label, name in sorted(endpoints.items()):
        try:
            found = sagemaker.describe_endpoint(EndpointName=name)
        except ClientError as error:
            if not aws.is_missing(error):
                raise
            reading.targets.append(_deleted(name, label, reading))
            continue
        config = sagemaker.describe_endpoint_config(EndpointConfigName=found["EndpointConfigName"])
        usd, most = _usd_per_hour(account, config, found, reading)
        tags = sagemaker.list_tags(ResourceArn=found["EndpointArn"]).get("Tags", [])
        reading.targets.append(
            Target(
                Kind.ENDPOINT,
                name,
                label,
                usd_per_hour_at_most=most,
                was={
                    "config": str(found["EndpointConfigName"]),
                    "status": str(found["EndpointStatus"]),
                    "usdPerHourAtMost": most,
                    # Tags of AWS itself can't be set.
                    "tags": [tag for tag in tags if not tag["Key"].startswith("aws:")],
                },
            )
        )
        created: datetime.datetime = found["CreationTime"]
        reading.uses.append(Use(f"endpoint/{name}/{created:%Y%m%dT%H%M%S}", usd, created))


def _deleted(name: str, label: str, reading: Reading) -> Target:
    """An endpoint that is not there. If the guard starts it again, it costs what it did
    before."""
    known = reading.stopped.get(f"{Kind.ENDPOINT.value}/{name}", {}).get("was", {})
    most = float(known.get("usdPerHourAtMost", 0.0))
    return Target(Kind.ENDPOINT, name, label, Level.STOPPED, usd_per_hour_at_most=most)


def _usd_per_hour(
    account: Account, config: Mapping[str, Any], endpoint: Mapping[str, Any], reading: Reading
) -> tuple[float, float]:
    """Returns what the instances of an endpoint cost an hour: as many as run or shall
    run, and as many as its scaling allows."""
    running = {v["VariantName"]: v for v in endpoint.get("ProductionVariants") or ()}
    largest = _largest(account, str(endpoint["EndpointName"]))
    usd = most = 0.0
    for variant in config.get("ProductionVariants") or ():
        if "InstanceType" not in variant:
            continue  # a serverless one has no instances
        name = str(variant["VariantName"])
        now = running.get(name, {})
        count = max(
            int(now.get("CurrentInstanceCount") or 0),
            int(now.get("DesiredInstanceCount") or 0),
            0 if now else int(variant.get("InitialInstanceCount") or 0),
        )
        price = reading.price(f"sagemaker-endpoint-hour/{variant['InstanceType']}")
        usd += count * price
        most += max(count, largest.get(name, 0)) * price
    return usd, most


def _largest(account: Account, endpoint: str) -> dict[str, int]:
    """Variant -> the most instances that its scaling allows."""
    found = account.pages(
        "application-autoscaling",
        "describe_scalable_targets",
        "ScalableTargets",
        ServiceNamespace="sagemaker",
    )
    prefix = f"endpoint/{endpoint}/variant/"
    return {
        str(each["ResourceId"]).removeprefix(prefix): int(each["MaxCapacity"])
        for each in found
        if str(each["ResourceId"]).startswith(prefix)
    }


def stop(account: Account, target: Target) -> None:
    """Deletes an endpoint. Raises `Busy` while it changes: a release decides first."""
    if target.was.get("status") in CHANGING:
        raise Busy(f"endpoint {target.name} is {target.was['status']}")
    try:
        account.client("sagemaker").delete_endpoint(EndpointName=target.name)
    except ClientError as error:
        if not aws.is_missing(error):
            raise


def start(account: Account, target: Target, was: Mapping[str, Any]) -> None:
    """Creates an endpoint of the configuration that it had."""
    try:
        account.client("sagemaker").create_endpoint(
            EndpointName=target.name, EndpointConfigName=was["config"], Tags=list(was["tags"])
        )
    except ClientError as error:
        if not aws.is_there_already(error):
            raise
