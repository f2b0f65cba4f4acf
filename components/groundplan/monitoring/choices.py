"""The enums of a MonitoringStack."""

from enum import Enum
from typing import TYPE_CHECKING, Literal


class SubscriberProtocol(str, Enum):
    """The protocol of a subscription to the alarm topic."""

    EMAIL = "email"
    HTTPS = "https"
    SQS = "sqs"
    LAMBDA = "lambda"


class PrometheusBackend(str, Enum):
    """Where metrics are retained, and alerts are evaluated and routed."""

    CLUSTER = "cluster"
    """By Prometheus and Alertmanager in the cluster."""
    MANAGED = "managed"
    """By a workspace of Amazon Managed Service for Prometheus."""


class GrafanaAuthentication(str, Enum):
    """How people sign in to a workspace of Amazon Managed Grafana."""

    AWS_SSO = "aws-sso"
    """By AWS IAM Identity Center."""
    SAML = "saml"
    """By an identity provider of your own."""


if TYPE_CHECKING:
    GrafanaAuthenticationValue = GrafanaAuthentication | Literal["aws-sso", "saml"]
    PrometheusBackendValue = PrometheusBackend | Literal["cluster", "managed"]
    SubscriberProtocolValue = SubscriberProtocol | Literal["email", "https", "sqs", "lambda"]
else:
    GrafanaAuthenticationValue = GrafanaAuthentication
    PrometheusBackendValue = PrometheusBackend
    SubscriberProtocolValue = SubscriberProtocol
