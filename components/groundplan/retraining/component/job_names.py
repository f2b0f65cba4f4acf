"""What the names of jobs of runs begin with."""

import hashlib
import re

from groundplan.context import Context
from groundplan.training.job.validation import MAX_JOB_NAME

DIGITS = 8


def job_name(context: Context) -> str:
    """Returns the prefix of a pipeline's jobs: `<project>-<stack>-<name>` in the
    characters that SageMaker allows, shortened by a digest where it is too long."""
    plain = re.sub(r"[^a-z0-9]+", "-", context.qualified_name.lower()).strip("-")
    named = plain if plain[:1].isalpha() else f"job-{plain}"
    if len(named) <= MAX_JOB_NAME:
        return named
    digest = hashlib.sha256(named.encode()).hexdigest()[:DIGITS]
    return f"{named[: MAX_JOB_NAME - DIGITS - 1].rstrip('-')}-{digest}"
