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
            reading.targets.append(Target(Kind.ENDPOINT, name, label, Level.STOPPED))
            continue
        config = sagemaker.describe_endpoint_config(EndpointConfigName=found["EndpointConfigName"])
        usd = _usd_per_hour(config, found, reading)
        tags = sagemaker.list_tags(ResourceArn=found["EndpointArn"]).get("Tags", [])
        reading.targets.append(
            Target(
                Kind.ENDPOINT,
                name,
                label,
                usd_per_hour_at_most=usd,
                was={
                    "config": str(found["EndpointConfigName"]),
                    "status": str(found["EndpointStatus"]),
                    # Tags of AWS itself can't be set.
                    "tags": [tag for tag in tags if not tag["Key"].startswith("aws:")],
                },
            )
        )
        created: datetime.datetime = found["CreationTime"]
        reading.uses.append(Use(f"endpoint/{name}/{created:%Y%m%dT%H%M%S}", usd, created))


def _usd_per_hour(
    config: Mapping[str, Any], endpoint: Mapping[str, Any], reading: Reading
) -> float:
    """What the instances of an endpoint cost an hour: as many as run or shall run."""
    running = {v["VariantName"]: v for v in endpoint.get("ProductionVariants") or ()}
    usd = 0.0
    for variant in config.get("ProductionVariants") or ():
        if "InstanceType" not in variant:
            continue  # a serverless one has no instances
        now = running.get(variant["VariantName"], {})
        count = max(
            int(now.get("CurrentInstanceCount") or 0),
            int(now.get("DesiredInstanceCount") or 0),
            0 if now else int(variant.get("InitialInstanceCount") or 0),
        )
        usd += count * reading.price(f"sagemaker-endpoint-hour/{variant['InstanceType']}")
    return usd


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
