"""The choices that the monitoring offers. Settings read them too, so nothing here knows
Pulumi."""

from enum import Enum


class SubscriberProtocol(str, Enum):
    """How a subscriber is reached."""

    EMAIL = "email"
    HTTPS = "https"
    SQS = "sqs"
    LAMBDA = "lambda"
