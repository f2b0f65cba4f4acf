"""ARNs of resources that AWS takes from the environment's own region and partition
only."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.facts import regions
from groundplan.problems import Problem
from settings import Settings

ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):(?P<service>[a-z0-9-]+):(?P<region>[a-z0-9-]*):.*")

SERVICES = {
    "kms": "the key encrypts resources of this region",
    "sns": "alarms and events publish to topics of their own region",
    "acm": "a load balancer uses certificates of its own region",
    "secretsmanager": "it is read in this region",
    "sagemaker": "SageMaker reads it in this region",
}
"""Services whose resources are used in their own region -> why."""

ELSEWHERE = ("artifacts.replica.", "artifacts.replication.", "monitoring.subscribers.")
"""Settings of what can be in another region: the destination of replicas, topics of the
alarm there, and queues and functions that SNS delivers to."""


def problems(settings: Settings) -> Iterator[Problem]:
    """Returns the problems of ARNs of another region or partition."""
    region = settings["region"]
    if not regions.zones(region):
        return
    partition = regions.partition(region)
    for key, text in _texts(settings, ""):
        found = ARN.fullmatch(text)
        if found is None:
            continue
        if found["partition"] != partition:
            allowed = f"an ARN of the partition of {region}: arn:{partition}:..."
            yield Problem(key, text, allowed, "use a resource of this partition")
        elif found["region"] not in ("", region) and not key.startswith(ELSEWHERE):
            why = SERVICES.get(found["service"])
            if why is not None:
                allowed = f"an ARN of {region}: {why}"
                yield Problem(key, text, allowed, f"use one of {region}, or set aws:region")


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Returns the path of each text -> the text."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _texts(inner, f"{path}[{index}]")
    elif isinstance(value, str):
        yield path, value
