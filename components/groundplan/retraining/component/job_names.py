"""What the names of jobs of runs begin with."""

import hashlib
import re

from groundplan.context import Context

DIGITS = 8
MOST = 63 - 17
"""Characters: a job of SageMaker has 63, of which an evaluation adds a hyphen and the
16 of its run, a training job fewer."""


def job_name(context: Context) -> str:
    """Returns the prefix of a pipeline's jobs: `<project>-<stack>-<name>` in the
    characters that SageMaker allows, shortened by a digest where it is too long."""
    plain = re.sub(r"[^a-z0-9]+", "-", context.qualified_name.lower()).strip("-")
    named = plain if plain[:1].isalpha() else f"job-{plain}"
    if len(named) <= MOST:
        return named
    digest = hashlib.sha256(named.encode()).hexdigest()[:DIGITS]
    return f"{named[: MOST - DIGITS - 1].rstrip('-')}-{digest}"
