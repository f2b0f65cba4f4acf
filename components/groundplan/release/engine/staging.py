"""A short-lived endpoint of a candidate's own, `<endpoint>-smoke`, for its smoke test
before the release.

One instance of the release target's type, or its serverless capacity; in the same
network, with the same role. It is deleted whatever happens: if even that fails, the
error says what is left. Its instance is paid for while it lives, some 10 minutes.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.release.engine import live, registry
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Busy, Refused, ReleaseError
from groundplan.release.engine.model_request import model_request
from groundplan.release.engine.plan import KEPT_OF_VARIANT, NAME_LENGTH
from groundplan.release.engine.target import Target
from groundplan.release.engine.waiting import Patience, Wait

SUFFIX = "-smoke"
STARTS_WITHIN = 3600.0
"""Seconds: a model may take 60 minutes to download, and as long to answer its health
check (botocore, `ProductionVariant`)."""
GOES_WITHIN = 900.0
OF_A_FLEET = frozenset({"ManagedInstanceScaling", "RoutingConfig"})


def name_of(target: Target) -> str:
    """Name of the endpoint, its configuration and its model."""
    return f"{target.endpoint[: NAME_LENGTH - len(SUFFIX)].rstrip('-')}{SUFFIX}"


@contextmanager
def staged(
    clients: Clients,
    target: Target,
    version: registry.Version,
    progress: Callable[[str], None] = lambda _text: None,
    patience: Patience = Patience(),  # noqa: B008 (frozen)
) -> Iterator[str]:
    """An endpoint that serves a version, approved or not, while the block runs. Gives
    its name.

    Raises `Busy` if there is one already, `Refused` if it doesn't start.
    """
    name = name_of(target)
    _require_none(clients, name)
    variant = _variant(clients, target, name)
    try:
        progress(f"{name}: starting")
        _discard(clients, name)  # what an interrupted test has left
        clients.sagemaker.create_model(
            ModelName=name, **model_request(target, version), Tags=_tags(target, version)
        )
        key = (
            {"KmsKeyId": target.kms_key_arn}
            if target.kms_key_arn and "ServerlessConfig" not in variant
            else {}
        )
        clients.sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[variant],
            Tags=_tags(target, version),
            **key,
        )
        clients.sagemaker.create_endpoint(
            EndpointName=name, EndpointConfigName=name, Tags=_tags(target, version)
        )
        _wait(clients, name, progress, patience)
        yield name
    finally:
        progress(f"{name}: deleting")
        _delete(clients, name, patience)


def _require_none(clients: Clients, name: str) -> None:
    with suppress(Refused):
        found = live.endpoint(clients, name)
        raise Busy(
            f"The endpoint {name} is there already ({found['EndpointStatus']}): another "
            "smoke test runs, or was killed. "
            f"Fix: wait for it, or `aws sagemaker delete-endpoint --endpoint-name {name}`"
        )


def _variant(clients: Clients, target: Target, name: str) -> dict[str, Any]:
    """Returns the variant of the release, as small as can be."""
    config = live.config(clients, live.endpoint(clients, target.endpoint)["EndpointConfigName"])
    running: Mapping[str, Any] = next(
        (v for v in config["ProductionVariants"] if v["VariantName"] == target.variant), {}
    )
    variant = {
        key: running[key] for key in KEPT_OF_VARIANT if key in running and key not in OF_A_FLEET
    }
    variant |= {
        key: value for key, value in target.variant_settings.items() if key not in OF_A_FLEET
    }
    variant |= {"VariantName": target.variant, "ModelName": name, "InitialVariantWeight": 1.0}
    if target.instance_type:
        variant.pop("ServerlessConfig", None)
        return variant | {"InstanceType": target.instance_type, "InitialInstanceCount": 1}
    serverless: Mapping[str, Any] = variant.get("ServerlessConfig", {})
    if not serverless:
        raise Refused(
            f"{target.endpoint} has neither instances nor serverless capacity to try the "
            "model on. Fix: `pulumi up`"
        )
    # Warm capacity is paid for by the hour, and one request at a time needs none.
    kept = {key: value for key, value in serverless.items() if key != "ProvisionedConcurrency"}
    return variant | {"ServerlessConfig": {**kept, "MaxConcurrency": 1}}


def _tags(target: Target, version: registry.Version) -> list[dict[str, str]]:
    tags = {
        **target.tags,
        "groundplan:smoke-test-of": target.endpoint,
        "groundplan:version": str(version.version),
    }
    return [{"Key": key, "Value": str(value)} for key, value in sorted(tags.items())]


def _wait(clients: Clients, name: str, progress: Callable[[str], None], patience: Patience) -> None:
    waiting, last_stage = Wait(patience, STARTS_WITHIN), ""
    while True:
        found = live.endpoint(clients, name)
        if live.stage(found) != last_stage:
            last_stage = live.stage(found)
            progress(f"{name}: {last_stage}")
        if found["EndpointStatus"] == live.IN_SERVICE:
            return
        if found["EndpointStatus"] not in live.MOVING:
            reason = found.get("FailureReason", "no reason given")
            raise Refused(
                f"The candidate did not start: {name} is {found['EndpointStatus']}: {reason}"
            )
        if not waiting.again():
            raise Refused(
                f"The candidate did not start within {STARTS_WITHIN / 60:.0f} minutes: "
                f"{name} is {last_stage}"
            )


def _delete(clients: Clients, name: str, patience: Patience) -> None:
    """Delete all three, repeatedly: an endpoint that is being created cannot be deleted
    at once."""
    waiting = Wait(patience, GOES_WITHIN)
    while True:
        try:
            _discard(clients, name)
            return
        except (ClientError, BotoCoreError) as error:
            hopeless = isinstance(error, aws.CREDENTIALS) or aws.code(error).startswith(
                "AccessDenied"
            )
            if hopeless or not waiting.again():
                raise ReleaseError(
                    f"The endpoint {name} could not be deleted, and costs money: "
                    f"{aws.words(error)}. "
                    f"Fix: `aws sagemaker delete-endpoint --endpoint-name {name}`, then "
                    "its configuration and its model"
                ) from error


def _discard(clients: Clients, name: str) -> None:
    """Delete what there is of an endpoint, its configuration and its model."""
    sagemaker = clients.sagemaker
    for call, key in (
        (sagemaker.delete_endpoint, "EndpointName"),
        (sagemaker.delete_endpoint_config, "EndpointConfigName"),
        (sagemaker.delete_model, "ModelName"),
    ):
        try:
            call(**{key: name})
        except ClientError as error:
            if not aws.is_missing(error):
                raise
