"""Whose turn it is: runs of a pipeline don't overlap, and many events are one run.

Of the executions that run, the first by its start carries a run. The second waits for
it, and then begins, if there is something that the first has not read: it covers all
that arrives until then, so that every further one joins it and ends. An execution waits
for a while before it asks, so that what it would join has not begun before its event.
"""

from collections.abc import Iterable
from typing import Any

from groundplan.data.pipeline.engine.names import Status


def turn(sfn: Any, machine_arn: str, execution_arn: str) -> Status:
    """Returns whether an execution begins, waits for another one, or joins one that
    waits."""
    running = sorted(_running(sfn, machine_arn), key=lambda e: (e["startDate"], e["executionArn"]))
    arns = [execution["executionArn"] for execution in running]
    # The list is eventually consistent (Step Functions API, `ListExecutions`): who
    # isn't in it yet is the latest.
    place = arns.index(execution_arn) if execution_arn in arns else len(arns)
    return (Status.GO_ON, Status.WAIT)[place] if place < 2 else Status.JOINED


def _running(sfn: Any, machine_arn: str) -> Iterable[Any]:
    pages = sfn.get_paginator("list_executions").paginate(
        stateMachineArn=machine_arn, statusFilter="RUNNING"
    )
    for page in pages:
        yield from page["executions"]
