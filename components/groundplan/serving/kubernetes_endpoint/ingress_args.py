"""The arguments of how requests reach an endpoint from outside of the cluster, and how
they are authenticated."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults
from groundplan.serving.kubernetes_endpoint.choices import (
    IngressKind,
    IngressKindValue,
    IngressScheme,
    IngressSchemeValue,
)


class OidcAuthenticationArgs(TypedDict):
    """Users sign in at an OpenID Connect provider; the load balancer holds their
    session."""

    issuer: pulumi.Input[str]
    """The provider's issuer, an https:// URL."""
    authorization_endpoint: pulumi.Input[str]
    """URL where users sign in."""
    token_endpoint: pulumi.Input[str]
    """URL where the load balancer requests tokens."""
    user_info_endpoint: pulumi.Input[str]
    """URL where the load balancer requests the user's claims."""
    secret_name: pulumi.Input[str]
    """Kubernetes secret in the endpoint's namespace with the keys `clientID` and
    `clientSecret`."""


class CognitoAuthenticationArgs(TypedDict):
    """Users sign in at a Cognito user pool; the load balancer holds their session."""

    user_pool_arn: pulumi.Input[str]
    """ARN of the user pool."""
    user_pool_client_id: pulumi.Input[str]
    """ID of its app client, which needs a client secret."""
    user_pool_domain: pulumi.Input[str]
    """Domain of the user pool; for Amazon Cognito domains only the prefix."""


class JwtAuthenticationArgs(TypedDict):
    """Programs send a JSON Web Token (`Authorization: Bearer`), which the load balancer
    verifies."""

    issuer: pulumi.Input[str]
    """The issuer that the token must have."""
    jwks_endpoint: pulumi.Input[str]
    """URL of the issuer's public keys (JWKS)."""


class IngressAuthenticationArgs(TypedDict):
    """How requests are authenticated; exactly one of the three. The AWS Load Balancer
    Controller configures it. Updates in place."""

    oidc: NotRequired[OidcAuthenticationArgs]
    """Users, by OpenID Connect. Default: none."""
    cognito: NotRequired[CognitoAuthenticationArgs]
    """Users, by Amazon Cognito. Default: none."""
    jwt: NotRequired[JwtAuthenticationArgs]
    """Programs, by JSON Web Tokens. Default: none."""


class EndpointGatewayArgs(TypedDict):
    """An existing Gateway with an HTTPS listener that allows routes from the endpoint's
    namespace. Updates in place."""

    name: pulumi.Input[str]
    """Name of the Gateway."""
    namespace: NotRequired[pulumi.Input[str]]
    """Namespace of the Gateway. Default: the endpoint's namespace."""
    listener: pulumi.Input[str]
    """Name of its HTTPS listener."""


class EndpointIngressArgs(TypedDict):
    """How requests reach the endpoint from outside of the cluster. Requires
    `authentication`, or `vllm.api_key`. Updates in place, except for `kind`."""

    kind: NotRequired[IngressKindValue]
    """alb or gateway. Default: alb. Changing it forces replacement of the ingress
    objects."""
    host: pulumi.Input[str]
    """Host name that clients call: fraud.example.com."""
    paths: NotRequired[Sequence[str]]
    """Path prefixes that are routed. Default: /v1 with vllm, whose other paths control
    the server; else /."""
    authentication: NotRequired[IngressAuthenticationArgs]
    """How requests are authenticated. Default: none; allowed only with vllm.api_key."""
    certificate_arn: NotRequired[pulumi.Input[str]]
    """ARN of the certificate in ACM. Required for alb; a Gateway has its own. Default:
    none."""
    scheme: NotRequired[IngressSchemeValue]
    """internal or internet-facing; only for alb. Default: internal. Changing it
    replaces the load balancer."""
    class_name: NotRequired[str]
    """IngressClass of the AWS Load Balancer Controller; only for alb. Default: alb."""
    allowed_networks: NotRequired[Sequence[str]]
    """Networks, in CIDR notation, that may call the load balancer; only for alb.
    Default: none; all networks that reach it may."""
    from_networks: NotRequired[Sequence[str]]
    """Networks, in CIDR notation, from which the load balancer calls the pods: those of
    its subnets. This or `from_namespaces` is required, since the network policy rejects
    all other traffic. Default: none."""
    from_namespaces: NotRequired[Sequence[str]]
    """Namespaces from which the Gateway's proxies call the pods. Default: none."""
    gateway: NotRequired[EndpointGatewayArgs]
    """The Gateway. Required for gateway. Default: none."""


INGRESS_DEFAULTS = defaults(
    EndpointIngressArgs,
    kind=IngressKind.ALB,
    scheme=IngressScheme.INTERNAL,
    class_name="alb",
)
