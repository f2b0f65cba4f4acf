"""The settings of how requests get to a service from outside of the cluster, and who
may send them."""

from groundplan.serving.kubernetes_endpoint.choices import IngressKind, IngressScheme
from section import Section


class Oidc(Section):
    """People log in at an OpenID Connect provider."""

    issuer: str
    """The provider's issuer, an https:// address."""
    authorization_endpoint: str
    """Where people are sent to log in."""
    token_endpoint: str
    """Where the load balancer gets tokens."""
    user_info_endpoint: str
    """Where it asks who it is."""
    secret_name: str
    """Kubernetes secret with the keys clientID and clientSecret."""


class Cognito(Section):
    """People log in at a Cognito user pool."""

    user_pool_arn: str
    """ARN of the user pool."""
    user_pool_client_id: str
    """ID of its app client, which needs a secret."""
    user_pool_domain: str
    """Its domain; of Cognito's own domains only the prefix."""


class Jwt(Section):
    """Programs send a JSON Web Token."""

    issuer: str
    """Who must have issued it."""
    jwks_endpoint: str
    """Where the issuer's keys are."""


class IngressAuthentication(Section):
    """Who may send requests; exactly one."""

    oidc: Oidc | None = None
    """People, by OpenID Connect."""
    cognito: Cognito | None = None
    """People, by Cognito."""
    jwt: Jwt | None = None
    """Programs, by tokens."""


class EndpointGateway(Section):
    """A Gateway that is there already."""

    name: str
    """Its name."""
    namespace: str | None = None
    """Its namespace. Default: the service's."""
    listener: str
    """Name of its HTTPS listener."""


class Ingress(Section):
    """How requests get in from outside of the cluster."""

    kind: IngressKind | None = None
    """alb (an Application Load Balancer) or gateway. Default: alb."""
    host: str
    """Name that clients call: fraud.example.com."""
    paths: list[str] | None = None
    """Prefixes of the paths that are let through. Default: /v1 for vLLM, else all."""
    authentication: IngressAuthentication | None = None
    """Who may send requests. Default: whoever has vLLM's key."""
    certificate_arn: str | None = None
    """ARN of the certificate in ACM. Needed for alb."""
    scheme: IngressScheme | None = None
    """Who can reach the load balancer: internal or internet-facing; only for alb.
    Default: internal."""
    class_name: str | None = None
    """IngressClass of the AWS Load Balancer Controller; only for alb. Default: alb."""
    allowed_networks: list[str] | None = None
    """Networks that may call the load balancer; only for alb. Default: all that can
    reach it."""
    from_networks: list[str] | None = None
    """Networks from which the load balancer calls the pods: those of its subnets. This
    or fromNamespaces is needed."""
    from_namespaces: list[str] | None = None
    """Namespaces from which the Gateway's proxies call the pods."""
    gateway: EndpointGateway | None = None
    """The Gateway. Needed for gateway."""
