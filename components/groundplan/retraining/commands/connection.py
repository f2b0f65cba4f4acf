"""The pipeline that a command is about, from a stack's exports."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from groundplan.command_line.errors import CommandError
from groundplan.command_line.stack_exports import EXPECTED, exports
from groundplan.problems import Problem, one_of

if TYPE_CHECKING:  # boto3 is slow to load, and `groundplan --help` has no use for it
    from groundplan.retraining.engine.pipeline import Pipeline

PIPELINES = "retraining"
"""The export: endpoint -> the engine's settings, with the state machine's ARN."""
MACHINE = "state_machine_arn"


@dataclass(frozen=True)
class Connection:
    """A pipeline, and what starts its executions."""

    name: str
    pipeline: "Pipeline"
    machine_arn: str
    session: Any

    @property
    def region(self) -> str:
        return self.pipeline.context.settings.region

    def caller(self) -> str:
        """ARN of who acts; where there is no AWS, the name of the user."""
        if self.pipeline.context.settings.account:
            from groundplan.release.cluster.connection import person

            return person()
        client = self.session.client("sts", region_name=self.region)
        return str(client.get_caller_identity()["Arn"])

    def execute(self, event: Mapping[str, Any]) -> str:
        """Starts the execution of a request; its ARN. Empty where no state machine
        carries runs: the next look of the CronJob acts then."""
        from botocore.exceptions import (  # type: ignore[import-untyped]
            BotoCoreError,
            ClientError,
        )

        from groundplan import aws
        from groundplan.retraining.engine import person

        client = self.session.client("stepfunctions", region_name=self.region)
        try:
            return person.execute(client, self.machine_arn, event)
        except (ClientError, BotoCoreError) as error:
            raise CommandError(
                f"{aws.words(error)}. The request is recorded: the next look, within the "
                "hour, acts on it"
            ) from None


def chosen(found: Mapping[str, Any], name: str | None) -> tuple[str, Mapping[str, Any]]:
    """Returns name and export of a pipeline; the only one without a name."""
    pipelines = found.get(PIPELINES)
    if not isinstance(pipelines, Mapping) or not pipelines:
        raise CommandError(
            f"The stack exports no {PIPELINES}: none of its models is retrained. Fix: add an "
            "endpoint to the settings' `retraining`, and `pulumi up`"
        )
    if name is None:
        if len(pipelines) > 1:
            raise CommandError(
                f"The stack has {len(pipelines)} pipelines. Fix: name one of "
                f"{', '.join(sorted(pipelines))}"
            )
        return next(iter(pipelines.items()))
    for known, export in pipelines.items():
        if name == known or (isinstance(export, Mapping) and export.get("endpoint") == name):
            return known, export
    wrong = one_of("NAME", name, sorted(pipelines)) or [
        Problem("NAME", name, ", ".join(sorted(pipelines)))
    ]
    raise CommandError(f"There is no such pipeline in this stack. {wrong[0]}")


@contextmanager
def connected(name: str | None, where: Mapping[str, Any]) -> Iterator[Connection]:
    """What a command works with; errors that the user can fix become messages."""
    known, export = chosen(exports(where["outputs"], where["stack"]), name)
    if not isinstance(export, Mapping):
        raise CommandError(f"The export {PIPELINES}.{known} is no mapping. {EXPECTED}")

    import boto3  # type: ignore[import-untyped]
    from botocore.exceptions import BotoCoreError, ClientError

    from groundplan import aws
    from groundplan.release.engine.errors import ReleaseError
    from groundplan.retraining.engine.names import VARIABLE
    from groundplan.retraining.engine.pipeline import Pipeline
    from groundplan.retraining.engine.platforms import remote
    from groundplan.retraining.engine.services import Busy, Refused
    from groundplan.retraining.engine.settings import InvalidSettings, RetrainingSettings

    try:
        settings = RetrainingSettings.read(json.dumps(export))
        session = boto3.session.Session()
        pipeline = Pipeline(settings, remote(settings, session))
        yield Connection(known, pipeline, str(export.get(MACHINE, "")), session)
    except InvalidSettings as error:
        wrong = str(error).removeprefix(f"{VARIABLE} ")
        raise CommandError(f"The export {PIPELINES}.{known} {wrong}. {EXPECTED}") from None
    except (Refused, Busy, ReleaseError) as error:
        raise CommandError(str(error)) from None
    except (ClientError, BotoCoreError) as error:
        raise CommandError(aws.words(error)) from None
