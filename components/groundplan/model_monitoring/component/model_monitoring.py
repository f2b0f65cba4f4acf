"""ModelMonitoring: scheduled checks of what an endpoint is asked and answers."""

import json
import pathlib
from collections.abc import Mapping
from functools import partial
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import arguments, iam
from groundplan.component import Component
from groundplan.context import Context
from groundplan.eventbridge import schedule_expressions
from groundplan.eventbridge.queue_policy import create_queue_policy
from groundplan.lambda_functions import event_function, function_role, source_archive
from groundplan.lambda_functions.scheduled_function import (
    Access,
    Code,
    Schedule,
    create_scheduled_function,
)
from groundplan.model_monitoring.analysis import names
from groundplan.model_monitoring.component import permissions
from groundplan.model_monitoring.component.alarms import alarms
from groundplan.model_monitoring.component.args import ModelMonitoringArgs
from groundplan.model_monitoring.component.spark import SparkCheck, Surroundings
from groundplan.model_monitoring.component.spec import ModelMonitoringSpec, resolve
from groundplan.model_monitoring.component.validation import validate

ENTRY = "groundplan.model_monitoring.analysis.handler"
STORAGE_MB = 2048
"""Answers wait there for their labels, 100 bytes a row."""
MAX_AGE_SECONDS = 21_600


class ModelMonitoring(Component):
    """Checks on a schedule whether the requests, the predictions and, with labels, the
    quality of an endpoint are still those of the dataset that trained its model.

    A Lambda function reads the endpoint's data capture, compares it with a baseline,
    and writes a result, an HTML report and its window to the bucket. Alarms watch the
    result; an event of EventBridge carries it to what retrains.
    """

    function_name: pulumi.Output[str]
    """Name of the function."""
    function_arn: pulumi.Output[str]
    """ARN of the function."""
    role_arn: pulumi.Output[str]
    """ARN of the function's role."""
    queue_url: pulumi.Output[str]
    """URL of the queue of checks that were given up."""
    results_uri: pulumi.Output[str]
    """S3 URI of the folder of results: one folder per check."""
    monitor: pulumi.Output[str]
    """Name of the checks: the dimension of their metrics, and in their events."""
    checks_per_month: pulumi.Output[float | None]
    """Checks of an average month, by the schedule, of which estimates of costs are;
    null for a schedule with L, W, # or a year."""

    def __init__(
        self, name: str, args: ModelMonitoringArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:ModelMonitoring", name, {}, opts)
        context = Context.of(name, opts)
        spec = resolve(
            arguments.validated("ModelMonitoring", ModelMonitoringArgs, args, validate, context)
        )
        known = pulumi.Output.all(spec.bucket["bucket_name"], spec.endpoint)
        self._settings = known.apply(lambda pair: spec.settings(pair[0], pair[1]))

        self._create_stores(name, spec)
        self.spark: SparkCheck | None = None
        """The Glue job and what belongs to it; None if the function checks."""
        if spec.spark is not None:
            around = Surroundings(self._key_arn, self.log_group, self.queue, self._settings)
            self.spark = SparkCheck(name, spec, spec.spark, around, self)
        rules = [self.spark.rule] if self.spark is not None else []
        self.queue_policy = create_queue_policy(name, self.queue, rules, self)
        self._create_function(name, spec)
        self.monitor = pulumi.Output.from_input(spec.endpoint).apply(spec.monitor)
        self.alarms = alarms(
            name,
            self.monitor,
            self.function.name,
            self.queue.name,
            spec,
            self,
        )
        """By what they watch: drift, values, records, quality, unknown, errors,
        undelivered."""

        self.function_name, self.function_arn = self.function.name, self.function.arn
        self.role_arn, self.queue_url = self.role.arn, self.queue.url
        self.results_uri = self._settings.apply(lambda settings: str(settings["results"]))
        self.checks_per_month = pulumi.Output.from_input(
            schedule_expressions.per_month(spec.schedule_expression)
        )
        self.register_outputs(
            {
                "functionName": self.function_name,
                "functionArn": self.function_arn,
                "roleArn": self.role_arn,
                "queueUrl": self.queue_url,
                "resultsUri": self.results_uri,
                "monitor": self.monitor,
                "checksPerMonth": self.checks_per_month,
            }
        )

    def _create_stores(self, name: str, spec: ModelMonitoringSpec) -> None:
        """Creates the log group and the queue of checks that failed."""
        self._stores = event_function.create_stores(
            name,
            spec,
            # EventBridge puts runs that failed on Spark into the queue.
            services=["logs", "events"] if spec.spark is not None else ["logs"],
            parent=self,
        )
        self.key, self._key_arn = self._stores.key, self._stores.key_arn
        self.log_group, self.queue = self._stores.log_group, self._stores.queue

    def _create_function(self, name: str, spec: ModelMonitoringSpec) -> None:
        """Creates the function, its role and its schedule."""
        job = self.spark.job.name if self.spark is not None else ""
        variable = pulumi.Output.all(self._settings, job).apply(
            lambda known: json.dumps(
                {**known[0], **({"glue_job": known[1]} if known[1] else {})}, sort_keys=True
            )
        )
        # Lambda's longest time is enough: ten million rows of ten features take two
        # minutes of a processor (`tests/benchmark/monitoring.py`).
        storage = aws.lambda_.FunctionEphemeralStorageArgs(size=STORAGE_MB)
        created = create_scheduled_function(
            name,
            spec,
            access=Access(
                f"What the checks of {name} may do", self._needed(spec), partial(_statements, spec)
            ),
            code=Code(
                "Compares an endpoint's requests and answers with its baseline",
                f"{ENTRY}.handle",
                archive(),
                spec.memory_mb,
                {names.VARIABLE: variable},
                {"layers": list(spec.layer_arns), "ephemeral_storage": storage},
            ),
            schedule=Schedule(spec.schedule_expression, f"the checks of {name}", MAX_AGE_SECONDS),
            stores=self._stores,
            parent=self,
        )
        self.role, self.policy = created.role, created.policy
        self.function, self.failed_events = created.function, created.failed_events
        self.schedule, self.schedule_role = created.schedule, created.schedule_role
        self.schedule_policy = created.schedule_policy

    def _needed(self, spec: ModelMonitoringSpec) -> Mapping[str, Any]:
        """Returns what the policy is written from."""
        return {
            "bucket": [spec.bucket["bucket_arn"], spec.bucket["kms_key_arn"]],
            "endpoint": spec.endpoint,
            "place": function_role.place(self),
            "spark": self.spark.job.arn if self.spark is not None else "",
        }


def _statements(spec: ModelMonitoringSpec, known: Mapping[str, Any]) -> list[iam.Statement]:
    endpoint = known["endpoint"]
    read = [f"{spec.capture_prefix}{endpoint}/{spec.variant}/"]
    read += [spec.label_prefix] if spec.label_prefix else []
    partition, region, account = known["place"]
    return [
        *permissions.data_statements(
            *known["bucket"],
            read=read,
            baseline=spec.baseline_key,
            written=f"{spec.result_prefix}{spec.monitor(endpoint)}/",
        ),
        *permissions.event_statements(
            f"arn:{partition}:events:{region}:{account}:event-bus/default"
        ),
        *(permissions.start_statements(known["spark"]) if known["spark"] else ()),
    ]


def archive() -> pulumi.AssetArchive:
    """Returns the function's code: the analysis, what it imports of this library, and
    the page's template. The same commit gives the same archive."""
    files = dict(source_archive.sources(ENTRY))
    analysis = pathlib.Path(names.__file__).parent
    for template in sorted(analysis.glob("templates/*.jinja")):
        path = f"groundplan/model_monitoring/analysis/templates/{template.name}"
        files[path] = template.read_text(encoding="utf-8")
    return source_archive.archive(files)
