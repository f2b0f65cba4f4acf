"""Asynchronous endpoints: a queue of requests, whose payloads and responses lie in the
artifact bucket.

Limits: botocore, sagemaker service-2.json, `AsyncInferenceConfig`.
"""

from typing import NotRequired, TypedDict

import pulumi

from groundplan.problems import MISSING, Problem, whole_number
from groundplan.storage.prefixes import prefix_problems

MAX_CONCURRENT_INVOCATIONS = 1000


class AsynchronousArgs(TypedDict):
    """The queue of an asynchronous endpoint. Changing any of it rolls the endpoint out
    anew."""

    input_prefix: NotRequired[str]
    """Folder in the artifact bucket where clients put requests, in a folder of the
    endpoint's name. Default: `requests/`."""
    output_prefix: NotRequired[str]
    """Folder in the artifact bucket for responses and failures, in a folder of the
    endpoint's name. Default: `responses/`."""
    max_concurrent_invocations_per_instance: NotRequired[int]
    """Requests that an instance works on at once, 1 to 1000. Default: SageMaker
    chooses."""
    success_topic_arn: NotRequired[pulumi.Input[str]]
    """ARN of an SNS topic that is told of each response. The key of an encrypted topic
    must let the execution role use it. Default: none."""
    error_topic_arn: NotRequired[pulumi.Input[str]]
    """ARN of an SNS topic that is told of each failure. Default: none."""
    include_response: NotRequired[bool]
    """Whether the messages hold the response itself, where it has at most 128 KB.
    Default: false."""


def input_folder(asynchronous: AsynchronousArgs, endpoint_name: str) -> str:
    """Where requests are read from."""
    return f"{asynchronous.get('input_prefix', 'requests/')}{endpoint_name}/"


def output_folder(asynchronous: AsynchronousArgs, endpoint_name: str) -> str:
    """Where responses, and below it failures, are written to."""
    return f"{asynchronous.get('output_prefix', 'responses/')}{endpoint_name}/"


def topics(asynchronous: AsynchronousArgs) -> dict[str, pulumi.Input[str]]:
    """The topics that are told, by what SageMaker calls them."""
    named = {
        "SUCCESS_NOTIFICATION_TOPIC": "success_topic_arn",
        "ERROR_NOTIFICATION_TOPIC": "error_topic_arn",
    }
    return {name: asynchronous[key] for name, key in named.items() if key in asynchronous}  # type: ignore[literal-required]


def problems(asynchronous: AsynchronousArgs, has_artifacts: bool) -> list[Problem]:
    """What SageMaker would refuse. The keys begin with `asynchronous.`, but for
    `artifacts`."""
    found = prefix_problems("asynchronous.input_prefix", asynchronous.get("input_prefix", ""))
    found += prefix_problems("asynchronous.output_prefix", asynchronous.get("output_prefix", ""))
    key = "max_concurrent_invocations_per_instance"
    found += whole_number(
        f"asynchronous.{key}",
        asynchronous.get(key),
        1,
        MAX_CONCURRENT_INVOCATIONS,
        "requests at once",
    )
    if asynchronous.get("include_response") and not topics(asynchronous):
        allowed = "false without a topic: it is the topics' messages that hold the response"
        found.append(
            Problem(
                "asynchronous.include_response",
                True,
                allowed,
                "give success_topic_arn, or remove it",
            )
        )
    if not has_artifacts:
        allowed = "the bucket that requests and responses are put into"
        found.append(Problem("artifacts", MISSING, allowed, "give ArtifactBucket.access"))
    return found
