"""Arguments of every component that runs a function."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults


class FunctionOperationArgs(TypedDict):
    """Who is notified of a function's failures, and what is kept of its runs."""

    alarm_actions: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs of SNS topics that alarms notify, such as `MonitoringStack.topic_arn`.
    Updates in place. Default: none."""
    owner: NotRequired[str]
    """Who answers for it, a team or an address, 1 to 100 characters: part of every
    notification. Updates in place. Default: none."""
    runbooks_url: NotRequired[str]
    """URL of the folder docs/runbooks, for the links of alarms. Updates in place.
    Default: none; alarms name paths."""
    log_retention_days: NotRequired[int]
    """Days that logs are kept, one of CloudWatch's retention periods. Updates in place.
    Default: 90."""
    tracing: NotRequired[bool]
    """Whether X-Ray traces the function, and the state machine where there is one.
    Updates in place. Default: false."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete the key, and retains it on delete. Updates in
    place. Default: true."""


FUNCTION_OPERATION_DEFAULTS = defaults(
    FunctionOperationArgs, log_retention_days=90, tracing=False, deletion_protection=True
)
