"""Clients of AWS's services: one for each service and region of a process."""

import functools
from typing import Any

import boto3  # type: ignore[import-untyped]

SESSION = boto3.session.Session


@functools.cache
def _session() -> Any:
    """One for all: reading the models of the services takes longer than anything
    else."""
    return SESSION("testing", "testing")


@functools.cache
def of(service: str, region: str) -> Any:
    """Returns a client."""
    return _session().client(service, region_name=region)
