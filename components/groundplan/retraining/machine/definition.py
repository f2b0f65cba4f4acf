"""The document of the state machine.

    Decide -> Dataset -> Train -> Evaluate -> Gates -> Register -> Approval <-> Ask
           -> Release -> Watch -> End

Step Functions only carries a run: what is true is in the journal and the registry. So
an execution may stop anywhere, and another one, or the driver, continues its run. An
execution that finds nothing to do ends as `Idle`.
"""

from typing import Any

from groundplan.retraining.engine.names import Outcome, Status, Step
from groundplan.retraining.machine import states

FUNCTION_SECONDS = 900
"""A function runs for at most 15 minutes (Lambda quotas)."""
TASK_SECONDS = FUNCTION_SECONDS + 60
ASK_SECONDS = 6 * 3600
"""After so long a run looks at the registry by itself, in case an approval's event was
lost."""
EXECUTION_SECONDS = 60 * 24 * 3600
"""No execution is open longer. What it carried is continued by the next look."""
WAITING = (Step.TRAIN, Step.EVALUATE, Step.RELEASE, Step.WATCH)
"""Steps that are called again until something outside has ended."""
ENDS = {
    Outcome.RELEASED: "Released",
    Outcome.REJECTED: "Rejected",
    Outcome.REFUSED: "Refused",
    Outcome.ROLLED_BACK: "RolledBack",
    Outcome.SUPERSEDED: "Superseded",
}
"""Outcomes of a run -> the state that its execution ends in; all others in `Failed`."""
FAILED = "Failed"


def definition(
    function_arn: str,
    topic_arn: str,
    *,
    partition: str = "aws",
    scale: float = 1.0,
    ask_seconds: int = ASK_SECONDS,
) -> dict[str, Any]:
    """Returns the state machine as a dict; `json.dumps` of it is its definition.

    Both ARNs may be placeholders, `${function}`. `scale` and `ask_seconds` shorten
    retries and the wait for a token, for tests.
    """
    builder = _Builder(function_arn, topic_arn, partition, scale, ask_seconds)
    return {
        "Comment": "Retrains a model and releases it if it is better; the champion serves on",
        "StartAt": name(Step.DECIDE),
        "TimeoutSeconds": EXECUTION_SECONDS,
        "States": builder.all(),
    }


def name(step: Step) -> str:
    """Returns the name of a step's task: `Train`."""
    return step.value.capitalize()


class _Builder:
    """Builds the states with the same ARNs and times."""

    def __init__(
        self, function_arn: str, topic_arn: str, partition: str, scale: float, ask_seconds: int
    ) -> None:
        self._function, self._topic = function_arn, topic_arn
        self._partition, self._scale, self._ask = partition, scale, ask_seconds

    def all(self) -> dict[str, states.State]:
        order = (
            Step.DATASET,
            Step.TRAIN,
            Step.EVALUATE,
            Step.GATES,
            Step.REGISTER,
            Step.APPROVAL,
            Step.RELEASE,
            Step.WATCH,
        )
        found = self._decide(name(order[0]))
        for step, following in zip(order, [*order[1:], Step.END], strict=True):
            found |= self._step(step, name(following))
        found |= self._approval() | self._end() | self._fault()
        for state in found.values():
            if "Resource" in state:
                state["Resource"] = state["Resource"].replace("arn:aws:", f"arn:{self._partition}:")
        return found

    def _decide(self, following: str) -> dict[str, states.State]:
        task = self._call(Step.DECIDE, {"event.$": "$"}, "Decided", "NotifyFailure")
        return {
            "Decide": task,
            "Decided": states.by_status({Status.IDLE: "IdleNews"}, "DecideNotify", following),
            "DecideNotify": self._notify(following),
            "IdleNews": states.by_status({}, "IdleNotify", "Idle"),
            "IdleNotify": self._notify("Idle"),
            "Idle": {"Type": "Succeed"},
        }

    def _step(self, step: Step, following: str) -> dict[str, states.State]:
        own = name(step)
        cases = {Status.ENDED: name(Step.END)}
        found = {
            own: self._call(step, {"run.$": "$.run"}, f"{own}Done", "Fault"),
            f"{own}Notify": self._notify(following),
        }
        if step in WAITING:
            cases[Status.WAIT] = f"{own}Wait"
            found[f"{own}Wait"] = states.wait(own)
        if step is Step.APPROVAL:
            cases[Status.WAIT] = "AskNews"
        found[f"{own}Done"] = states.by_status(cases, f"{own}Notify", following)
        return found

    def _approval(self) -> dict[str, states.State]:
        """Returns the states that ask people, the first time, and wait for the
        registry's word, which the run then reads."""
        ask = states.callback(
            Step.ASK,
            self._function,
            following=name(Step.APPROVAL),
            failed="Fault",
            timeout_seconds=self._ask,
            scale=self._scale,
        )
        return {
            "AskNews": states.by_status({}, "AskNotify", name(Step.ASK)),
            "AskNotify": self._notify(name(Step.ASK)),
            name(Step.ASK): ask,
        }

    def _end(self) -> dict[str, states.State]:
        found = {
            name(Step.END): self._call(Step.END, {"run.$": "$.run"}, "EndNotify", "NotifyFailure"),
            "EndNotify": self._notify("Outcome"),
            "Outcome": states.by_outcome(ENDS, FAILED),
        }
        return found | {end: {"Type": "Succeed"} for end in ENDS.values()}

    def _fault(self) -> dict[str, states.State]:
        """A step that failed after all its retries: recorded, and people are notified
        whether it could be recorded or not. The run stays open for the next look, or
        ends where it has failed too often."""
        payload = {"run.$": "$.run", "error.$": "$.error"}
        return {
            "Fault": self._call(Step.FAULT, payload, "FaultRecorded", "NotifyFailure"),
            "FaultRecorded": states.by_status(
                {Status.ENDED: name(Step.END)}, "FaultNotify", "FaultNotify"
            ),
            "FaultNotify": self._notify(FAILED),
            "NotifyFailure": states.notification(
                self._topic,
                {
                    "Subject": "Retraining failed",
                    "Message.$": "States.JsonToString($)",
                    "MessageAttributes": _attributes(None),
                },
                following=FAILED,
                scale=self._scale,
            ),
            FAILED: {
                "Type": "Fail",
                "Error": "Retraining.Failed",
                "Cause": "See the notification and `groundplan retraining show`; the champion "
                "serves on",
            },
        }

    def _call(
        self, step: Step, payload: dict[str, Any], following: str, failed: str
    ) -> states.State:
        return states.call(
            step,
            self._function,
            payload,
            following=following,
            failed=failed,
            timeout_seconds=TASK_SECONDS,
            scale=self._scale,
        )

    def _notify(self, following: str) -> states.State:
        message = {
            "Subject.$": "States.Format('Retraining: {} {}', $.step, $.outcome)",
            "Message.$": "States.Format('{} (run {})', $.message, $.run)",
            "MessageAttributes": _attributes("$."),
        }
        return states.notification(self._topic, message, following=following, scale=self._scale)


def _attributes(path: str | None) -> dict[str, Any]:
    """Returns the attributes by which subscriptions filter: `step` and `status`. SNS
    refuses empty values, which an outcome may be."""
    if path is None:
        fixed = {"step": Step.FAULT.value, "status": Status.ENDED.value}
        return {key: {"DataType": "String", "StringValue": value} for key, value in fixed.items()}
    return {
        key: {"DataType": "String", "StringValue.$": f"{path}{key}"} for key in ("step", "status")
    }
