"""Validates the arguments of a UtilizationReport."""

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.eventbridge import schedule_expressions
from groundplan.lambda_functions import operation
from groundplan.problems import Problem, under, whole_number
from groundplan.storage import arns
from groundplan.storage.prefixes import prefix_problems
from groundplan.utilization_report.args import PrometheusSourceArgs, UtilizationReportArgs
from groundplan.web_addresses import https_problems

MAX_NAME = 42
"""Characters of the component's name: a role has 64 (IAM quotas), of which
`-schedule-role` and Pulumi's suffix take 22."""
FEWEST_DAYS, MOST_DAYS = 7, 63
"""CloudWatch has hourly data of 455 days, and five-minute data of 63 (CloudWatch User
Guide, "Metrics retention")."""


def validate(args: UtilizationReportArgs, context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    found = []
    if len(context.name) > MAX_NAME:
        allowed = f"at most {MAX_NAME} characters: its roles are named after it"
        found.append(Problem("name", context.name, allowed, "rename the component"))
    filled = with_defaults(UtilizationReportArgs, args)
    found += schedule_expressions.problems("schedule_expression", filled["schedule_expression"])
    found += whole_number("days", args.get("days"), FEWEST_DAYS, MOST_DAYS, "days")
    found += whole_number("minimum_instances", args.get("minimum_instances"), 1, 100)
    # Lambda quotas: function memory.
    found += whole_number("memory_mb", args.get("memory_mb"), 256, 10240, "MB")
    found += operation.problems(args)
    found += arns.key_problems("kms_key_arn", args.get("kms_key_arn"))
    found += arns.key_problems("topic_key_arn", args.get("topic_key_arn"))
    found += arns.of_service("topic_arn", args.get("topic_arn"), "sns")
    found += _folder(filled["report_prefix"])
    found += https_problems("open_cost_url", args.get("open_cost_url"), "https://costs.example.com")
    if "prometheus" in args:
        found += under("prometheus", _prometheus(args["prometheus"]))
    return found


def _folder(prefix: str) -> list[Problem]:
    if not prefix:
        allowed = "a folder: the function would write to the whole bucket"
        return [Problem("report_prefix", "", allowed, "name the folder")]
    return prefix_problems("report_prefix", prefix)


def _prometheus(source: PrometheusSourceArgs) -> list[Problem]:
    example = "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1"
    return [
        *https_problems("url", source.get("url"), example),
        *arns.of_service("workspace_arn", source.get("workspace_arn"), "aps", "workspace/"),
    ]
