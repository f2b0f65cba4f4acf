"""Whom a driver notifies."""

from dataclasses import dataclass
from typing import Any

from groundplan.retraining.engine.answers import Answer


@dataclass(frozen=True)
class Topic:
    """The SNS topic that a driver notifies."""

    client: Any
    arn: str

    def send(self, answer: Answer) -> None:
        outcome = answer.outcome.value if answer.outcome else ""
        self.client.publish(
            TopicArn=self.arn,
            Subject=f"Retraining: {answer.step.value} {outcome}".strip(),
            Message=f"{answer.message} (run {answer.run})",
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in (
                    ("step", answer.step.value),
                    ("status", answer.status.value),
                )
            },
        )
