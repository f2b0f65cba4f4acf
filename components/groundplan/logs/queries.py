"""Saved queries of CloudWatch Logs Insights.

Fields of lines are those of `fluent_bit/fields.lua`; SageMaker's and functions' lines
have what their log group and stream say.
"""

from collections.abc import Mapping

MAX_GROUPS = 50
"""CloudWatch Logs quotas: log groups of a query."""

ERROR = 'level in ["error", "critical", "fatal"] or @message like /(?i)(exception|traceback|error)/'
SHOWN = "@timestamp, team, namespace, pod, endpoint, model_version, run, level, message, @message"

OF_CLUSTER: Mapping[str, str] = {
    "errors of an endpoint": f"""\
fields {SHOWN}
| filter endpoint = "NAME"
| filter {ERROR}
| sort @timestamp desc
| limit 200""",
    "lines of a run": f"""\
fields {SHOWN}
| filter run = "RUN" or job = "JOB"
| sort @timestamp asc
| limit 1000""",
    "lines of a model version": f"""\
fields {SHOWN}
| filter model_version like "VERSION"
| sort @timestamp desc
| limit 200""",
    "errors by endpoint and model version": f"""\
filter {ERROR}
| stats count(*) as errors by endpoint, model_version, bin(1h)
| sort errors desc""",
}
"""Name -> query. A person replaces what is in capitals."""

OF_ENDPOINT = f"""\
fields @timestamp, @logStream, @message
| filter {ERROR}
| sort @timestamp desc
| limit 200"""

OF_TRAINING_JOB = """\
fields @timestamp, @logStream, @message
| filter @logStream like "JOB/"
| sort @timestamp asc
| limit 1000"""

OF_FUNCTIONS = f"""\
fields @timestamp, @log, @message
| filter {ERROR}
| sort @timestamp desc
| limit 200"""
