"""How requests reach an endpoint from outside of the cluster, complete."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from groundplan.arguments import with_defaults
from groundplan.serving.kubernetes_endpoint import resolution
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.choices import IngressKind, IngressScheme
from groundplan.serving.kubernetes_endpoint.ingress_args import (
    EndpointGatewayArgs,
    EndpointIngressArgs,
    IngressAuthenticationArgs,
)


@dataclass(frozen=True)
class Oidc:
    """Users sign in at an OpenID Connect provider."""

    issuer: pulumi.Input[str]
    authorization_endpoint: pulumi.Input[str]
    token_endpoint: pulumi.Input[str]
    user_info_endpoint: pulumi.Input[str]
    secret_name: pulumi.Input[str]


@dataclass(frozen=True)
class Cognito:
    """Users sign in at a Cognito user pool."""

    user_pool_arn: pulumi.Input[str]
    user_pool_client_id: pulumi.Input[str]
    user_pool_domain: pulumi.Input[str]


@dataclass(frozen=True)
class Jwt:
    """Programs send JSON Web Tokens."""

    issuer: pulumi.Input[str]
    jwks_endpoint: pulumi.Input[str]


Authentication = Oidc | Cognito | Jwt


@dataclass(frozen=True)
class Gateway:
    """The Gateway of a route."""

    name: pulumi.Input[str]
    namespace: pulumi.Input[str] | None
    """None for the endpoint's namespace."""
    listener: pulumi.Input[str]


@dataclass(frozen=True)
class Ingress:
    """How requests reach an endpoint from outside of the cluster."""

    kind: IngressKind
    host: pulumi.Input[str]
    paths: Sequence[str]
    authentication: Authentication | None
    """None where vLLM's API key authenticates requests."""
    certificate_arn: pulumi.Input[str] | None
    scheme: IngressScheme
    class_name: str
    allowed_networks: Sequence[str] | None
    """None for all networks."""
    from_networks: Sequence[str]
    from_namespaces: Sequence[str]
    gateway: Gateway | None


def resolve(args: KubernetesEndpointArgs) -> Ingress:
    """Returns the ingress of valid arguments."""
    ingress = with_defaults(EndpointIngressArgs, args["ingress"])
    networks, gateway = ingress.get("allowed_networks"), ingress.get("gateway")
    return Ingress(
        kind=ingress["kind"],
        host=ingress["host"],
        paths=tuple(resolution.ingress_paths(args)),
        authentication=_authentication(ingress.get("authentication", {})),
        certificate_arn=ingress.get("certificate_arn"),
        scheme=ingress["scheme"],
        class_name=ingress["class_name"],
        allowed_networks=None if networks is None else tuple(networks),
        from_networks=tuple(ingress.get("from_networks", ())),
        from_namespaces=tuple(ingress.get("from_namespaces", ())),
        gateway=None if gateway is None else _gateway(gateway),
    )


def _authentication(args: IngressAuthenticationArgs) -> Authentication | None:
    if "oidc" in args:
        return Oidc(**args["oidc"])
    if "cognito" in args:
        return Cognito(**args["cognito"])
    return Jwt(**args["jwt"]) if "jwt" in args else None


def _gateway(args: EndpointGatewayArgs) -> Gateway:
    return Gateway(args["name"], args.get("namespace"), args["listener"])
