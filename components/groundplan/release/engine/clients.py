"""The clients that a release works with."""

from dataclasses import dataclass
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

from groundplan import aws

# SageMaker answers within 60 seconds or not at all (InvokeEndpoint). More tries would
# hide a model that hangs.
INVOKE = Config(retries={"mode": "standard", "max_attempts": 2}, connect_timeout=5, read_timeout=65)


@dataclass(frozen=True)
class Clients:
    """What a release talks to, in one region."""

    sagemaker: Any
    invocations: Any
    cloudwatch: Any
    s3: Any
    sts: Any

    @classmethod
    def connect(cls, region: str, session: Any = None) -> "Clients":
        """Returns the clients of a session, by default of the one that the
        environment's variables and files describe."""
        session = session or boto3.session.Session()

        def client(service: str, config: Any = aws.CONTROL) -> Any:
            return session.client(service, region_name=region, config=config)

        return cls(
            client("sagemaker"),
            client("sagemaker-runtime", INVOKE),
            client("cloudwatch"),
            client("s3"),
            client("sts"),
        )

    def caller(self) -> str:
        """ARN of who acts."""
        return str(self.sts.get_caller_identity()["Arn"])
