"""Names that the state machine, the function, the component and the commands share."""

from enum import Enum

VARIABLE = "GROUNDPLAN_RETRAINING"
"""The environment variable with the settings: a JSON object (`RetrainingSettings`)."""
FILE_VARIABLE = "GROUNDPLAN_RETRAINING_FILE"
"""In its place, a file with the same beside the code: an environment of Lambda holds 4
KB."""

ENTRY = "groundplan.retraining.engine.handler"
HANDLER = f"{ENTRY}.handle"
"""The module and the function that Lambda calls."""

LOOK = "look"
"""The kind of a scheduled event that only prompts a look: at triggers that wait, at the
dataset's tag, at a run that nobody carries."""


class Step(str, Enum):
    """What the function is called for. The values are the payload's `step`."""

    DECIDE = "decide"
    """Is a run needed, and allowed? Begins it, and takes the lock."""
    DATASET = "dataset"
    """Resolves the dataset version, and writes the record of the training run."""
    TRAIN = "train"
    EVALUATE = "evaluate"
    GATES = "gates"
    REGISTER = "register"
    ASK = "ask"
    """Asks for approval, with the token of the state that waits."""
    APPROVAL = "approval"
    """Reads the registry: approved, rejected or not yet."""
    RELEASE = "release"
    WATCH = "watch"
    END = "end"
    """Records the outcome, and removes the lock."""
    FAULT = "fault"
    """Records that a step failed after all its retries."""
    WAKE = "wake"
    """An event of the registry or a person's command: returns the tokens that wait."""


SEQUENCE = (
    Step.DATASET,
    Step.TRAIN,
    Step.EVALUATE,
    Step.GATES,
    Step.REGISTER,
    Step.APPROVAL,
    Step.RELEASE,
    Step.WATCH,
    Step.END,
)
"""The steps of a run that was begun, in order. Each is idempotent."""


class Status(str, Enum):
    """What a step came to. The values are the answer's `status`."""

    NEXT = "next"
    """The step is done."""
    WAIT = "wait"
    """Call it again after `wait_seconds`."""
    ENDED = "ended"
    """The run has an outcome: go on with `end`."""
    IDLE = "idle"
    """There is no run to carry (`decide`), or the run stays open (`fault`)."""


class Outcome(str, Enum):
    """How a run, or a trigger without a run, ends."""

    RELEASED = "released"
    REJECTED = "rejected"
    """It breaks a gate."""
    REFUSED = "refused"
    """A person refused it, or nobody approved it in time."""
    ROLLED_BACK = "rolled-back"
    NOT_NEEDED = "not-needed"
    NOT_ALLOWED = "not-allowed"
    """By the budget or the cool-down; the trigger stays recorded, and is considered
    again."""
    RECORDED = "recorded"
    """Another run is open: the trigger is considered when that has ended."""
    FAILED = "failed"
    SUPERSEDED = "superseded"
    """Another version was released meanwhile: its triggers are considered again."""


RETRIED = frozenset({Outcome.FAILED.value, Outcome.SUPERSEDED.value})
"""Outcomes after which the same data may be tried again: their triggers go on waiting,
but a person's."""

ALARMING = frozenset({Outcome.FAILED, Outcome.ROLLED_BACK})
"""Outcomes that call people."""


class Kind(str, Enum):
    """What triggers a run."""

    DRIFT = "drift"
    QUALITY = "quality"
    DATASET = "dataset"
    SCHEDULE = "schedule"
    PERSON = "person"
    API = "api"


DRIFT = ("data_drift", "prediction_drift")
QUALITY = ("quality",)
"""Families of a check's `statuses` (`analysis.verdicts.Family`, which needs numpy) that
begin runs of the two kinds."""
ALARM = "alarm"
"""The status of a family that begins runs (`analysis.verdicts.Status`)."""
