"""How requests get to an endpoint from outside of the cluster, and who may send them."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.serving.kubernetes_endpoint.choices import IngressKind, IngressScheme


class OidcAuthenticationArgs(TypedDict):
    """People log in at an OpenID Connect provider; the load balancer keeps a session."""

    issuer: pulumi.Input[str]
    """The provider's issuer, an https:// address."""
    authorization_endpoint: pulumi.Input[str]
    """Where people are sent to log in."""
    token_endpoint: pulumi.Input[str]
    """Where the load balancer gets tokens."""
    user_info_endpoint: pulumi.Input[str]
    """Where it asks who it is."""
    secret_name: pulumi.Input[str]
    """Kubernetes secret in the endpoint's namespace with the keys `clientID` and
    `clientSecret`."""


class CognitoAuthenticationArgs(TypedDict):
    """People log in at a Cognito user pool; the load balancer keeps a session."""

    user_pool_arn: pulumi.Input[str]
    """ARN of the user pool."""
    user_pool_client_id: pulumi.Input[str]
    """ID of its app client, which needs a secret."""
    user_pool_domain: pulumi.Input[str]
    """Its domain; of Cognito's own domains only the prefix."""


class JwtAuthenticationArgs(TypedDict):
    """Programs send a JSON Web Token (`Authorization: Bearer`), which the load balancer
    verifies."""

    issuer: pulumi.Input[str]
    """Who must have issued it."""
    jwks_endpoint: pulumi.Input[str]
    """Where the issuer's keys are."""


class IngressAuthenticationArgs(TypedDict):
    """Who may send requests; exactly one. The AWS Load Balancer Controller carries it
    out. Changing it updates in place."""

    oidc: NotRequired[OidcAuthenticationArgs]
    """People, by OpenID Connect."""
    cognito: NotRequired[CognitoAuthenticationArgs]
    """People, by Cognito."""
    jwt: NotRequired[JwtAuthenticationArgs]
    """Programs, by tokens."""


class EndpointGatewayArgs(TypedDict):
    """A Gateway that is there already, with an HTTPS listener that lets routes of the
    endpoint's namespace in."""

    name: pulumi.Input[str]
    """Its name."""
    namespace: NotRequired[pulumi.Input[str]]
    """Its namespace. Default: the endpoint's."""
    listener: pulumi.Input[str]
    """Name of its HTTPS listener."""


class EndpointIngressArgs(TypedDict):
    """How requests get in. Needs `authentication`, or `vllm.api_key`. Changing any of
    it updates in place, but for the kind."""

    kind: NotRequired[IngressKind]
    """`alb`, or `gateway`. Default: `alb`. Another kind replaces it."""
    host: pulumi.Input[str]
    """Name that clients call: `fraud.example.com`."""
    paths: NotRequired[Sequence[str]]
    """Prefixes of the paths that are let through. Default: `/v1` for vLLM, whose other
    paths control the server; else `/`."""
    authentication: NotRequired[IngressAuthenticationArgs]
    """Who may send requests. Default: whoever has vLLM's key."""
    certificate_arn: NotRequired[pulumi.Input[str]]
    """ARN of the certificate in ACM. Needed for `alb`; a Gateway has its own."""
    scheme: NotRequired[IngressScheme]
    """Who can reach the load balancer: `internal` or `internet-facing`; only for `alb`.
    Default: internal. Another scheme replaces the load balancer."""
    class_name: NotRequired[str]
    """IngressClass of the AWS Load Balancer Controller; only for `alb`. Default: `alb`."""
    allowed_networks: NotRequired[Sequence[str]]
    """Networks, in CIDR notation, that may call the load balancer; only for `alb`.
    Default: all that can reach it."""
    from_networks: NotRequired[Sequence[str]]
    """Networks, in CIDR notation, from which the load balancer calls the pods: those of
    its subnets. This or `from_namespaces` is needed: nothing else gets past the network
    policy."""
    from_namespaces: NotRequired[Sequence[str]]
    """Namespaces from which the Gateway's proxies call the pods."""
    gateway: NotRequired[EndpointGatewayArgs]
    """The Gateway. Needed for `gateway`."""
