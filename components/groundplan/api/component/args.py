"""The arguments of a DeliveryApi."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults
from groundplan.lambda_functions.operation_args import (
    FUNCTION_OPERATION_DEFAULTS,
    FunctionOperationArgs,
)
from groundplan.storage.access import ArtifactAccessArgs


class ApiTokensArgs(TypedDict):
    """Tokens that authorize callers, in place of IAM."""

    issuer: str
    """URL of the OpenID Connect issuer: https://login.example.com/shop. Updates in
    place."""
    audiences: Sequence[str]
    """Audiences of which a token must have one: IDs of clients. Updates in place."""
    scope_prefix: NotRequired[str]
    """What the scopes begin with: `read`, `train`, `register`, `approve` and `release`
    follow. Updates in place. Default: groundplan/."""


API_TOKENS_DEFAULTS = defaults(ApiTokensArgs, scope_prefix="groundplan/")


class ApiCallersArgs(TypedDict):
    """ARNs of the IAM roles and users that may call an operation, beside what IAM
    allows; `*` stands for any text, and an empty list for nobody. All of them update in
    place."""

    read: NotRequired[Sequence[str]]
    """Who reads all that the API shows. Default: whoever IAM allows."""
    train: NotRequired[Sequence[str]]
    """Who starts runs. Default: whoever IAM allows."""
    register: NotRequired[Sequence[str]]
    """Who registers versions. Default: whoever IAM allows."""
    approve: NotRequired[Sequence[str]]
    """Who approves and rejects versions. Default: whoever IAM allows."""
    release: NotRequired[Sequence[str]]
    """Who starts releases and rollbacks. Default: whoever IAM allows."""


class ApiThrottlingArgs(TypedDict):
    """Requests that each route accepts, of all callers together. All of them update in
    place."""

    read_rate: NotRequired[float]
    """Requests per second to a route that reads, 0.1 to 10000. Default: 20."""
    read_burst: NotRequired[int]
    """Requests to it at the same moment, 1 to 5000. Default: 40."""
    write_rate: NotRequired[float]
    """Requests per second to a route that writes, 0.1 to 10000. Default: 2."""
    write_burst: NotRequired[int]
    """Requests to it at the same moment, 1 to 5000. Default: 10."""


API_THROTTLING_DEFAULTS = defaults(
    ApiThrottlingArgs, read_rate=20, read_burst=40, write_rate=2, write_burst=10
)


class ApiDomainArgs(TypedDict):
    """A domain name of the API, in place of the one that API Gateway gives it."""

    name: str
    """The domain name: models.example.com. Changing it replaces the domain."""
    certificate_arn: pulumi.Input[str]
    """ARN of the certificate of Certificate Manager, in the API's region. Updates in
    place."""


class DeliveryApiArgs(FunctionOperationArgs):
    """The arguments of a DeliveryApi."""

    targets: Mapping[str, pulumi.Input[Mapping[str, Any]]]
    """Endpoint, as the API names it -> its release target, an item of
    `ReleaseRuntime.release_targets`, whose runtime brings releases to their end. 1 to
    7. Changing it updates the function in place."""
    artifacts: ArtifactAccessArgs
    """The artifact bucket: `ArtifactBucket.access`. Changing it updates the function in
    place."""
    pipelines: NotRequired[Mapping[str, pulumi.Input[Mapping[str, Any]]]]
    """Endpoint -> `RetrainingPipeline.settings`, or those of a `KubernetesRetraining`:
    one of `targets`. Updates in place. Default: none."""
    datasets: NotRequired[Sequence[str]]
    """Datasets whose versions the API shows. Updates in place. Default: none."""
    evaluation_prefixes: NotRequired[Sequence[str]]
    """Folders of the bucket with what registrations name and gates read: records of
    runs, evaluations. Registration writes metrics below each. Updates in place.
    Default: runs/."""
    model_prefixes: NotRequired[Sequence[str]]
    """Folders of the bucket with models that are registered. Updates in place.
    Default: models/."""
    manifest_prefix: NotRequired[str]
    """Folder of the bucket with manifests of environments. Updates in place. Default:
    manifests/."""
    tokens: NotRequired[ApiTokensArgs]
    """The issuer whose tokens authorize callers. Updates in place, and callers that
    sign requests are refused. Default: none; IAM authorizes callers."""
    callers: NotRequired[ApiCallersArgs]
    """Who may call each operation, where IAM authorizes callers. Updates in place.
    Default: whoever IAM allows."""
    throttling: NotRequired[ApiThrottlingArgs]
    """Requests that are accepted. Updates in place. Default: as its arguments say."""
    domain: NotRequired[ApiDomainArgs]
    """A domain name of your own; the API answers at no other then. Updates in place.
    Default: none."""
    powertools_layer_arn: NotRequired[pulumi.Input[str]]
    """ARN of a Lambda layer with Powertools for AWS Lambda and Pydantic, for Python
    3.13 on arm64. Updates in place. Default: AWS's public one, in the API's region."""
    memory_mb: NotRequired[int]
    """Memory of the function in MB, 256 to 10240; CPU grows with it. Updates in place.
    Default: 1024."""
    reserved_concurrency: NotRequired[int]
    """Requests that the function answers at the same time, 1 to 1000: no more, and so
    many for certain, of the account's concurrency, which keeps 100 for others. Updates
    in place. Default: none; it shares the account's."""
    max_latency_ms: NotRequired[int]
    """Milliseconds that 99 of 100 requests take at most, 100 to 30000, before an alarm.
    Updates in place. Default: 10000."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key of the logs; its policy has to let CloudWatch Logs use it, as
    an `EncryptionKey` with the service `logs` does. Updates in place. Default: a key of
    its own."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Updates in place. Default: none."""


DELIVERY_API_DEFAULTS = defaults(
    DeliveryApiArgs,
    **FUNCTION_OPERATION_DEFAULTS,
    evaluation_prefixes=("runs/",),
    model_prefixes=("models/",),
    manifest_prefix="manifests/",
    memory_mb=1024,
    max_latency_ms=10000,
)
