"""Taking away configurations and models that nothing goes back to any more. Only ever
on request."""

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.release.engine import history, live
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Busy, ReleaseError, Unreadable
from groundplan.release.engine.target import Target
from groundplan.release.engine.trail import Trail

KEEP = 5
"""How many verified releases stay, beside the live one."""


def prunable(
    records: Sequence[Mapping[str, Any]], keep: int, current: str
) -> list[tuple[str, str]]:
    """Configuration and model of the releases that are not among the last `keep`
    verified ones, nor live. Only what releases created: what the stack created, the
    stack deletes."""
    way = [past.config for past in history.verified(records) if past.config != current]
    kept = {current, *(way[-keep:] if keep else ())}
    created = {
        r["to"]["config"]: r["to"].get("model", "") for r in records if r["kind"] == "deploy"
    }
    kept_models = {created[config] for config in kept if config in created}
    return [
        (config, "" if model in kept_models else model)
        for config, model in created.items()
        if config not in kept
    ]


def prune(
    clients: Clients, target: Target, keep: int = KEEP, dry_run: bool = False
) -> list[tuple[str, str]]:
    """Delete them, unless `dry_run`. What is gone already counts as deleted. Raises
    `Busy` if a release is under way."""
    trail = Trail(clients, target)
    try:
        endpoint = live.endpoint(clients, target.endpoint)
        if trail.held() is not None or endpoint["EndpointStatus"] != live.IN_SERVICE:
            raise Busy(
                f"Endpoint {target.endpoint} is {endpoint['EndpointStatus']} or being "
                "released to. Fix: prune afterwards"
            )
        past = trail.history()
        if past.unreadable:
            raise Unreadable(
                f"Nothing was pruned: who knows what goes back to what. {past.unreadable[0]}"
            )
        found = []
        for config, model in prunable(past.records, keep, endpoint["EndpointConfigName"]):
            there = [
                _delete(
                    clients.sagemaker.delete_endpoint_config, dry_run, EndpointConfigName=config
                ),
                bool(model) and _delete(clients.sagemaker.delete_model, dry_run, ModelName=model),
            ]
            if any(there):
                found.append((config, model))
    except (ClientError, BotoCoreError) as error:
        raise ReleaseError(f"Pruning stopped: {aws.words(error)}. Fix: run it again") from error
    return found


def _delete(call: Any, dry_run: bool, **name: str) -> bool:
    """Returns whether there was something to delete."""
    if dry_run:
        return True
    try:
        call(**name)
    except ClientError as error:
        if aws.is_missing(error):
            return False
        raise
    return True
