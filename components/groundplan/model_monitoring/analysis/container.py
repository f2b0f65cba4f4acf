"""Entry of a container or an engine's job that checks on a schedule.

    python -m groundplan.model_monitoring.analysis.container SETTINGS.json [TIME]

It ends with 0 whatever the check came to: a Job of Kubernetes would repeat an alarm,
and come to it again. What could not be checked is an error.

The hours that are checked follow from the scheduled time, not from the current one, so
that a Job that starts late, or again, comes to the same result. It is TIME, or in the
Job's name: a CronJob appends the minutes since 1970 (kubernetes/kubernetes,
pkg/controller/cronjob/utils.go, `getJobName`).
"""

import datetime
import json
import os
import pathlib
import re
import sys
from collections.abc import Sequence

from groundplan.model_monitoring.analysis import handler, job
from groundplan.model_monitoring.analysis.names import JOB_VARIABLE

SCHEDULED = re.compile(r".*-(\d{8,10})")


def scheduled(name: str, now: datetime.datetime) -> str:
    """Returns the scheduled time of a Job, or the current one of a Job that a person
    created."""
    found = SCHEDULED.fullmatch(name)
    time = datetime.datetime.fromtimestamp(60 * int(found[1]), datetime.UTC) if found else now
    return job.spelled(time)


def main(arguments: Sequence[str]) -> int:
    """Runs a check of a settings file."""
    settings = handler.Settings.read(pathlib.Path(arguments[0]).read_text(encoding="utf-8"))
    now = datetime.datetime.now(datetime.UTC)
    time = arguments[1] if len(arguments) > 1 else scheduled(os.environ.get(JOB_VARIABLE, ""), now)
    answer = handler.checked(settings, {"time": time})
    sys.stdout.write(json.dumps(vars(answer)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
