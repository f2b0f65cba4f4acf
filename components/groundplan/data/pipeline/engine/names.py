"""The words that the state machine, the function and the component share."""

from enum import Enum

NAMESPACE = "Groundplan/DataQuality"
"""The namespace of the metrics of checks."""
DATASET, PIPELINE = "Dataset", "Pipeline"
"""Their dimensions."""
FAILED_RULES, ROWS = "FailedRules", "Rows"
"""Metrics of a check."""

RUNS_NAMESPACE = "Groundplan/DataPipelines"
"""The namespace of the metrics of runs on a cluster."""
BUCKET = "Bucket"
"""Their other dimension."""
LOOKS, DEAD_LETTERS, OVER_LIMIT = "Looks", "DeadLetters", "OverLimit"
FAILED_RUNS, HOURS_SINCE_PUBLISHED = "FailedRuns", "HoursSincePublished"
"""Metrics of each look of the driver."""

VARIABLE = "GROUNDPLAN_PIPELINE"
"""The environment variable that holds the function's settings."""


TABLES = "tables"
"""The folder of Iceberg tables beside those of runs, which no run may be named."""


class Step(str, Enum):
    """What the function is called for."""

    BEGIN = "begin"
    """Decides whether an execution carries a run."""
    JUDGE = "judge"
    """Reads what the check came to, and quarantines what did not pass."""
    PUBLISH = "publish"
    """Commits what the job wrote, and moves the tag."""


class Status(str, Enum):
    """What comes of a step."""

    GO_ON = "go-on"
    WAIT = "wait"
    """Another execution runs: ask again later."""
    JOINED = "joined"
    """Another execution that waits does what this one would."""
    PASSED = "passed"
    QUARANTINED = "quarantined"
    PUBLISHED = "published"


class OverLimit(Exception):
    """A run could exceed the DPU hours of the month. Its name is an error of the state
    machine."""
