"""The arguments of an AcceptedFinding, which are also an entry of `acceptedFindings` in
a stack file."""

from typing import NotRequired, TypedDict

import pulumi


class AcceptedFindingArgs(TypedDict):
    """A policy finding or a risk of one resource that is accepted until a date."""

    rule: NotRequired[str]
    """Name of the policy rule: bucket-versioned. Required where there is no `risk`.
    Default: none. Updates in place."""
    risk: NotRequired[str]
    """Kind of the risk: data-loss. Required where there is no `rule`. Default: none.
    Updates in place."""
    resource: NotRequired[pulumi.Input[str]]
    """The resource: its logical name (data-logs) or its URN; of a risk of the whole
    stack, such as cost, the name of the stack. Required where there is no
    `resource_pattern`. Default: none. Updates in place."""
    resource_pattern: NotRequired[str]
    """Logical names of several resources, with * for any text and ? for any character:
    scratch-*. Default: none. Updates in place."""
    reason: str
    """Why it is accepted, in 10 to 500 characters on one line. Every report shows it.
    Updates in place."""
    owner: str
    """The person or team that answers for it: ml-platform. Updates in place."""
    expires: str
    """The last day on which it is accepted, as YYYY-MM-DD, at most a year ahead. From
    the day after, the finding counts again. Updates in place."""
