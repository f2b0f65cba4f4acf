"""The enums of a MonitoringStack."""

from enum import Enum
from typing import TYPE_CHECKING, Literal


class SubscriberProtocol(str, Enum):
    """The protocol of a subscription to the alarm topic."""

    EMAIL = "email"
    HTTPS = "https"
    SQS = "sqs"
    LAMBDA = "lambda"


if TYPE_CHECKING:
    SubscriberProtocolValue = SubscriberProtocol | Literal["email", "https", "sqs", "lambda"]
else:
    SubscriberProtocolValue = SubscriberProtocol
