"""Validates the arguments of a ModelMonitoring."""

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.eventbridge import schedule_expressions
from groundplan.lambda_functions import operation
from groundplan.model_monitoring.component import check_rules
from groundplan.model_monitoring.component.args import ModelMonitoringArgs
from groundplan.model_monitoring.component.check_rules import METRICS as METRICS
from groundplan.model_monitoring.component.choices import MonitoringEngine
from groundplan.problems import Problem, one_of, whole_number
from groundplan.storage import arns

WORKER_TYPES = ("G.1X", "G.2X", "G.4X", "G.8X")
MAX_LAYERS = 5
"""Layers of a function (Lambda quotas)."""
MAX_NAME = 42
"""Characters of the component's name: a role has 64 (IAM quotas), of which
`-schedule-role` and Pulumi's suffix take 22."""


def validate(args: ModelMonitoringArgs, context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    found = []
    if len(context.name) > MAX_NAME:
        allowed = f"at most {MAX_NAME} characters: its roles are named after it"
        found.append(Problem("name", context.name, allowed, "rename the component"))
    found += operation.problems(args)
    found += arns.key_problems("kms_key_arn", args.get("kms_key_arn"))
    # Lambda quotas: function memory.
    found += whole_number("memory_mb", args.get("memory_mb"), 512, 10240, "MB")
    filled = with_defaults(ModelMonitoringArgs, args)
    found += check_rules.problems(args, filled)
    found += _layers(args)
    found += _spark(args, filled["engine"] is MonitoringEngine.SPARK)
    schedule = filled["schedule_expression"]
    found += schedule_expressions.problems("schedule_expression", schedule)
    return found


def _spark(args: ModelMonitoringArgs, runs: bool) -> list[Problem]:
    own = args.get("spark", {})
    if "spark" in args and not runs:
        fix = "set engine to spark, or remove it"
        return [Problem("spark", dict(own), "nothing with the engine function", fix)]
    # AWS Glue endpoints and quotas: DPUs of a job; the longest timeout is two days.
    found = whole_number("spark.workers", own.get("workers"), 2, 299, "workers")
    found += whole_number("spark.timeout_minutes", own.get("timeout_minutes"), 5, 2880, "minutes")
    if "worker_type" in own:
        found += one_of("spark.worker_type", own["worker_type"], WORKER_TYPES)
    if "python_modules" in own and not own["python_modules"]:
        fix = "name them, or remove it"
        found.append(Problem("spark.python_modules", [], "NumPy, SciPy and Jinja", fix))
    return found


def _layers(args: ModelMonitoringArgs) -> list[Problem]:
    layers = args.get("layer_arns", ())
    found = [
        problem
        for place, arn in enumerate(layers)
        for problem in arns.of_service(f"layer_arns[{place}]", arn, "lambda", "layer:")
    ]
    if "layer_arns" in args and not 1 <= len(layers) <= MAX_LAYERS:
        fix = "publish the layer that `make layer` builds, and give its ARN"
        found.append(Problem("layer_arns", list(layers), f"1 to {MAX_LAYERS} layers", fix))
    return found
