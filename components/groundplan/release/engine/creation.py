"""The first steps of a release: its model and its endpoint configuration, each created
once, and used again if an interrupted run has created it."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.release.engine import live
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.ending import Ended, definite
from groundplan.release.engine.history import FAILED
from groundplan.release.engine.plan import Plan


class Creation:
    """Creates the model and the configuration of releases."""

    def __init__(self, clients: Clients, progress: Callable[[str], None]) -> None:
        self._clients, self._progress = clients, progress

    def model(self, plan: Plan) -> None:
        if plan.model_request is None:
            return
        self._progress(f"model {plan.model}")
        wanted = dict(plan.model_request)
        with definite("model"):
            try:
                self._clients.sagemaker.create_model(**wanted)
            except ClientError as error:
                if not aws.is_there_already(error):
                    raise
                self._same(
                    self._clients.sagemaker.describe_model(ModelName=plan.model),
                    wanted,
                    "model",
                    plan.model,
                )

    def config(self, plan: Plan) -> None:
        if plan.config_request is None:
            return
        self._progress(f"configuration {plan.config}")
        wanted = dict(plan.config_request)
        with definite("configuration"):
            try:
                self._clients.sagemaker.create_endpoint_config(**wanted)
            except ClientError as error:
                if not aws.is_there_already(error):
                    raise
                found = self._clients.sagemaker.describe_endpoint_config(
                    EndpointConfigName=plan.config
                )
                self._same(found, wanted, "configuration", plan.config)

    def _same(
        self, found: Mapping[str, Any], wanted: Mapping[str, Any], step: str, name: str
    ) -> None:
        plain = {
            key: value for key, value in wanted.items() if key != "Tags"
        }  # Describe does not return them
        different = [
            key for key, value in plain.items() if not live.contains(found.get(key), value)
        ]
        if different:
            reason = (
                f"a {step} {name} exists already and differs in {', '.join(different)}: "
                "someone else created it"
            )
            raise Ended(FAILED, step, reason)
