"""RetrainingPipeline: retrains the model of an endpoint, and releases it if it is
better."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import arguments, iam, tags
from groundplan.component import Component
from groundplan.context import Context
from groundplan.lambda_functions import event_function, function_role
from groundplan.release.component import targets
from groundplan.retraining.component import engine_settings, function_permissions, package
from groundplan.retraining.component.alarms import Alarms
from groundplan.retraining.component.args import RetrainingPipelineArgs
from groundplan.retraining.component.job_access import JobAccess
from groundplan.retraining.component.job_names import job_name
from groundplan.retraining.component.run_price import HOUR
from groundplan.retraining.component.spec import RetrainingPipelineSpec, resolve
from groundplan.retraining.component.state_machine import create_retraining_machine
from groundplan.retraining.component.triggers import Targets, Triggers
from groundplan.retraining.component.validation import validate
from groundplan.retraining.engine.names import FILE_VARIABLE, HANDLER

MEMORY_MB = 512
"""boto3 with its clients takes some 150 MB; the share of a processor grows with the
memory."""
MAX_AGE_SECONDS = 21_600
KEY_SERVICES = ("events", "logs", "log-delivery")
"""What uses the key: queue, log groups, the logs of the encrypted state machine."""


class RetrainingPipeline(Component):
    """A state machine that retrains the model of an endpoint when it has to be,
    compares it with the champion, and releases it through its gates and an approval.

    What begins a run: drift or a drop of quality that a `ModelMonitoring` reports, a
    new dataset version, a schedule, a person, a call of the API. Whatever fails, the
    champion serves on. What is true of a run is in its journal, in the artifact bucket.
    An endpoint has one pipeline.
    """

    state_machine_arn: pulumi.Output[str]
    """ARN of the state machine."""
    function_name: pulumi.Output[str]
    """Name of the function that takes the steps."""
    role_arn: pulumi.Output[str]
    """ARN of the function's role."""
    queue_url: pulumi.Output[str]
    """URL of the queue of events that were not delivered."""
    prices: pulumi.Output[Mapping[str, float]]
    """What runs cost, in US dollars: `training_hour`, for at most `training_hours`,
    `evaluation` at the most, and the budget of a month, `budget`."""
    settings: pulumi.Output[Mapping[str, Any]]
    """The settings of the engine with the state machine's ARN, for `groundplan
    retraining`: what a stack exports in `retraining`."""

    def __init__(
        self, name: str, args: RetrainingPipelineArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:RetrainingPipeline", name, {}, opts)
        context = Context.of(name, opts)
        valid = arguments.validated(
            "RetrainingPipeline", RetrainingPipelineArgs, args, validate, context
        )
        spec = resolve(valid, name, job_name(context), context.region)
        spec = replace(spec, release_target=targets.readable(name, spec.release_target))
        resource_tags = tags.merged(name, spec.tags)
        self._create_stores(name, spec)
        self.jobs = JobAccess(
            spec,
            results=self._results(spec),
            resource_tags=resource_tags,
            parent=self,
        )
        engine = self._engine_settings(spec)
        self._create_role(name, spec)
        self._create_function(name, spec, engine)
        self._machine = create_retraining_machine(
            spec,
            function=self.function,
            stores=self._stores,
            parent=self,
        )
        self.state_machine = self._machine.machine
        # After the state machine, whose definition has the function's ARN.
        self.execution_policy = self._attach(
            f"{name}-execution-policy",
            self.state_machine.arn.apply(function_permissions.execution_statements),
        )
        reached = Targets(self.state_machine, self.function, self._stores)
        self.triggers = Triggers(spec, reached, resource_tags, self)
        self._alarms = Alarms(
            spec,
            machine_arn=self.state_machine.arn,
            machine_logs=self._machine.log_group.name,
            queue_name=self.queue.name,
            resource_tags=resource_tags,
            parent=self,
        )
        self.alarms = self._alarms.all
        """By what they watch: failed, timed-out, rolled-back, undelivered, overdue,
        late."""

        self.state_machine_arn, self.function_name = self.state_machine.arn, self.function.name
        self.role_arn, self.queue_url = self.role.arn, self.queue.url
        self.settings = pulumi.Output.all(
            engine, self.state_machine_arn, self._stores.key_arn
        ).apply(
            lambda known: {
                **json.loads(known[0]),
                "state_machine_arn": known[1],
                "state_machine_key_arn": known[2],
            }
        )
        self.prices = pulumi.Output.from_input(_prices(spec))
        self.register_outputs(
            {
                "stateMachineArn": self.state_machine_arn,
                "functionName": self.function_name,
                "roleArn": self.role_arn,
                "queueUrl": self.queue_url,
                "prices": self.prices,
                "settings": self.settings,
            }
        )

    @staticmethod
    def _results(spec: RetrainingPipelineSpec) -> pulumi.Output[str]:
        """Returns the folder of the endpoint's runs, which evaluations write to."""
        return pulumi.Output.concat(spec.prefix, spec.endpoint, "/runs/")

    def _create_stores(self, name: str, spec: RetrainingPipelineSpec) -> None:
        self._stores = event_function.create_stores(
            name,
            spec,
            services=KEY_SERVICES,
            parent=self,
        )
        self.key, self.log_group = self._stores.key, self._stores.log_group
        self.queue = self._stores.queue

    def _engine_settings(self, spec: RetrainingPipelineSpec) -> pulumi.Output[str]:
        """Returns the engine's settings as text."""
        group = self.jobs.security_group
        needed: Any = {
            "endpoint": spec.endpoint,
            "region": iam.region(pulumi.InvokeOptions(parent=self)),
            "bucket": spec.artifacts["bucket_name"],
            "key": spec.artifacts["kms_key_arn"],
            "target": spec.release_target,
            "topic": spec.notifications["topic_arn"],
            "training_role": self.jobs.training_role_arn,
            "evaluation_role": self.jobs.evaluation_role_arn,
            "evaluation_image": spec.evaluation.image,
            "network": spec.training.network,
            "group": group.id if group is not None else None,
        }
        return pulumi.Output.all(**needed).apply(
            lambda known: engine_settings.of(spec, known).text()
        )

    def _create_role(self, name: str, spec: RetrainingPipelineSpec) -> None:
        self.role = function_role.create_role(
            name, spec, description=f"What the steps of {name} may do", parent=self
        )
        needed = {
            "place": function_role.place(self),
            "bucket": spec.artifacts,
            "endpoint": spec.endpoint,
            "target": spec.release_target,
            "roles": {
                "training": self.jobs.training_role_arn,
                "evaluation": self.jobs.evaluation_role_arn,
            },
        }
        self.policy = function_role.create_policy(
            name,
            spec,
            role=self.role,
            stores=self._stores,
            needed=needed,
            statements=lambda known: function_permissions.statements(spec, known),
            parent=self,
        )
        self.release_policy = self._attach(
            f"{name}-release-policy",
            pulumi.Output.all(**needed).apply(function_permissions.release_statements),
        )

    def _attach(
        self, name: str, statements: pulumi.Output[list[iam.Statement]]
    ) -> aws.iam.RolePolicy:
        """Creates a policy of the function's role."""
        return aws.iam.RolePolicy(
            name,
            role=self.role.name,
            policy=statements.apply(iam.document_text),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_function(
        self, name: str, spec: RetrainingPipelineSpec, engine: pulumi.Output[str]
    ) -> None:
        self.function, self.failed_events = event_function.create_function(
            name,
            spec,
            description="Takes the steps of retraining runs",
            handler=HANDLER,
            code=engine.apply(package.archive),
            memory_mb=MEMORY_MB,
            environment={FILE_VARIABLE: package.SETTINGS_FILE},
            max_age_seconds=MAX_AGE_SECONDS,
            stores=self._stores,
            policy=self.policy,
            role=self.role,
            parent=self,
        )


def _prices(spec: RetrainingPipelineSpec) -> dict[str, float]:
    training, evaluation = spec.training, spec.evaluation
    return {
        "training_hour": training.usd_per_hour * training.nodes,
        "training_hours": training.max_runtime_seconds / HOUR,
        "evaluation": evaluation.usd_per_hour * evaluation.max_runtime_seconds / HOUR,
        "budget": spec.usd_per_month,
    }
