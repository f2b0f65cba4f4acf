"""The queue of an asynchronous endpoint, whose requests and responses are objects in
the artifact bucket.

Limits: botocore, sagemaker service-2.json, `AsyncInferenceConfig`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from groundplan.arguments import with_defaults
from groundplan.problems import MISSING, Problem, whole_number
from groundplan.serving.model_endpoint.inference_args import AsynchronousArgs
from groundplan.storage.prefixes import prefix_problems

MAX_CONCURRENT_INVOCATIONS = 1000


@dataclass(frozen=True)
class Queue:
    """The queue of an asynchronous endpoint."""

    request_folder: str
    """Folder in the artifact bucket that SageMaker reads requests from."""
    response_folder: str
    """Folder in the artifact bucket that SageMaker writes responses to."""
    max_concurrent_invocations_per_instance: int | None
    """None if SageMaker chooses it."""
    success_topic_arn: pulumi.Input[str] | None
    error_topic_arn: pulumi.Input[str] | None
    include_response: bool

    @property
    def failure_folder(self) -> str:
        """Folder in the artifact bucket that SageMaker writes failures to."""
        return f"{self.response_folder}failures/"

    @property
    def topics(self) -> Mapping[str, pulumi.Input[str]]:
        """The topics of notifications, by SageMaker's names of them."""
        named = {
            "SUCCESS_NOTIFICATION_TOPIC": self.success_topic_arn,
            "ERROR_NOTIFICATION_TOPIC": self.error_topic_arn,
        }
        return {name: arn for name, arn in named.items() if arn is not None}

    @property
    def response_topics(self) -> list[str] | None:
        """SageMaker's names of the topics whose notifications include the response."""
        return sorted(self.topics) if self.include_response else None


def resolve(args: AsynchronousArgs, endpoint_name: str) -> Queue:
    """Returns the queue of an endpoint."""
    own = with_defaults(AsynchronousArgs, args)
    return Queue(
        request_folder=f"{own['input_prefix']}{endpoint_name}/",
        response_folder=f"{own['output_prefix']}{endpoint_name}/",
        max_concurrent_invocations_per_instance=args.get("max_concurrent_invocations_per_instance"),
        success_topic_arn=args.get("success_topic_arn"),
        error_topic_arn=args.get("error_topic_arn"),
        include_response=own["include_response"],
    )


def problems(args: AsynchronousArgs, has_artifacts: bool) -> list[Problem]:
    """Returns what SageMaker would refuse. The keys begin with `asynchronous.`, but for
    `artifacts`."""
    problems = prefix_problems("asynchronous.input_prefix", args.get("input_prefix", ""))
    problems += prefix_problems("asynchronous.output_prefix", args.get("output_prefix", ""))
    problems += whole_number(
        "asynchronous.max_concurrent_invocations_per_instance",
        args.get("max_concurrent_invocations_per_instance"),
        1,
        MAX_CONCURRENT_INVOCATIONS,
        "concurrent requests",
    )
    if args.get("include_response") and not {"success_topic_arn", "error_topic_arn"} & set(args):
        allowed = "false without a topic: it is the topics' notifications that include the response"
        fix = (
            "set asynchronous.success_topic_arn or asynchronous.error_topic_arn, or remove "
            "asynchronous.include_response"
        )
        problems.append(Problem("asynchronous.include_response", True, allowed, fix))
    if not has_artifacts:
        allowed = "the bucket of the requests and responses"
        fix = "set artifacts to the output access of an ArtifactBucket"
        problems.append(Problem("artifacts", MISSING, allowed, fix))
    return problems
