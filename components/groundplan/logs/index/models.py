"""Which model a SageMaker endpoint's line is of."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

LOG = logging.getLogger(__name__)
SECONDS = 300
"""How long an answer holds: a release takes minutes."""


@dataclass
class Models:
    """The models of endpoints, asked of SageMaker and kept for a while."""

    sagemaker: Any
    clock: Callable[[], float] = field(default=time.monotonic)
    _known: dict[tuple[str, str], tuple[float, dict[str, str]]] = field(default_factory=dict)

    def of(self, endpoint: str, variant: str) -> Mapping[str, str]:
        """Returns the fields `model` and `model_version` of an endpoint's variant.

        Empty while the endpoint changes, when lines of both models have the same
        stream's form, and where SageMaker does not answer: a field that is not there is
        better than one that is wrong.
        """
        until, fields = self._known.get((endpoint, variant), (0.0, {}))
        if self.clock() < until:
            return fields
        try:
            fields = self._ask(endpoint, variant)
        except (BotoCoreError, ClientError, LookupError) as error:
            LOG.warning("the model of %s is not known: %s", endpoint, error)
            fields = {}
        self._known[endpoint, variant] = (self.clock() + SECONDS, fields)
        return fields

    def _ask(self, endpoint: str, variant: str) -> dict[str, str]:
        now = self.sagemaker.describe_endpoint(EndpointName=endpoint)
        if now["EndpointStatus"] != "InService":
            return {}
        name = now["EndpointConfigName"]
        config = self.sagemaker.describe_endpoint_config(EndpointConfigName=name)
        variants = [*config["ProductionVariants"], *config.get("ShadowProductionVariants", ())]
        model = {v["VariantName"]: v["ModelName"] for v in variants}[variant]
        described = self.sagemaker.describe_model(ModelName=model)
        containers = [described.get("PrimaryContainer"), *described.get("Containers", ())]
        first: Mapping[str, Any] = next((c for c in containers if c), {})
        version = first.get("ModelPackageName") or first.get("ModelDataUrl") or first.get("Image")
        return {"model": model, **({"model_version": str(version)} if version else {})}
