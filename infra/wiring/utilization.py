"""The report on what of the environment idles."""

from collections.abc import Iterator
from typing import Any

from description import Component, Reference
from references import ACCESS, CLUSTER_NAME, VPC
from settings import Settings

from wiring.components import component, runbooks

NAME = "utilization"


def described(settings: Settings) -> Iterator[Component]:
    if "utilization" not in settings:
        return
    endpoints = settings.get("endpoints", {})
    args: dict[str, Any] = {
        "bucket": ACCESS,
        "vpc_id": VPC,
        "endpoints": {name: Reference(name, "endpoint_name") for name in endpoints},
        "topic_arn": Reference("monitoring", "topic_arn"),
        "topic_key_arn": Reference("monitoring", "key_arn"),
        "alarm_actions": [Reference("monitoring", "topic_arn")],
        **({"cluster_name": CLUSTER_NAME} if "training" in settings else {}),
        **runbooks(settings),
        **settings["utilization"],
    }
    yield component(settings, "UtilizationReport", NAME, args, key="utilization")
