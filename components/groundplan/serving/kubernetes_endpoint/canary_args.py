"""The arguments of a candidate of a `KubernetesEndpoint`."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults, several_lines


class KubernetesCanaryArgs(TypedDict):
    """A candidate that serves part of the requests. Arguments that it does not set are
    the endpoint's.

    To promote it, copy its arguments to the endpoint and remove it; to roll back,
    remove it or set `percent` to 0. With release `registry`, only `percent` and
    `bake_minutes`: each release has a candidate of its own, and they are its share of
    the requests and its time.
    """

    percent: NotRequired[int]
    """Percent of the requests for the candidate, 0 to 50. Required unless release is
    `registry`. With `ingress`, a weight on
    requests through it; requests from the cluster reach the stable pods. Without, the
    Service selects pods of both tracks, and their numbers are the share: always with
    release `registry`, where 0 releases to all pods at once. Updates in place. Default:
    10 with release `registry`."""
    bake_minutes: NotRequired[int]
    """Minutes that the candidate of a release serves its share, 0 to 2880, before all
    pods get its model; only with release `registry`. Updates in place, for the next
    release. Default: 10."""
    image: NotRequired[pulumi.Input[str]]
    """Container image. Default: the endpoint's `image`."""
    model_data: NotRequired[str]
    """Key of the model in the artifact bucket. Default: the endpoint's `model_data`."""
    model_version_id: NotRequired[str]
    """S3 version of the archive `model_data` of the candidate. Default: with another
    `model_data`, none; else the endpoint's."""
    model: NotRequired[str]
    """Model on the Hugging Face Hub, for vllm. Default: `vllm.model`."""
    revision: NotRequired[str]
    """Revision of the model; required with `model`. Default: `vllm.revision`."""
    environment: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Environment variables in addition to the endpoint's, which they override.
    Default: none."""
    arguments: NotRequired[Sequence[str]]
    """Arguments of the server instead of the endpoint's. Default: the endpoint's
    `arguments`."""
    replicas: NotRequired[int]
    """Pods of the candidate, 1 to 1000; only with `ingress`. Default: `percent` of
    `replicas`, rounded up."""


CANARY_DEFAULTS = defaults(KubernetesCanaryArgs, bake_minutes=10)

several_lines(KubernetesCanaryArgs, "environment", "arguments")
