"""The ingress objects of an endpoint, as plain data: an Ingress for an Application Load
Balancer, or an HTTPRoute.

Annotations and objects of the AWS Load Balancer Controller:
kubernetes-sigs/aws-load-balancer-controller@225f4456 (2026-08-17),
docs/guide/ingress/annotations.md,
docs/guide/gateway/{listenerruleconfig,targetgroupconfig}.md. HTTPRoute: Gateway API v1.
"""

from typing import Any

import pulumi

from groundplan.serving.kubernetes_endpoint.ingress_spec import (
    Authentication,
    Cognito,
    Gateway,
    Ingress,
    Oidc,
)
from groundplan.serving.kubernetes_endpoint.objects import SERVICE_PORT
from groundplan.serving.kubernetes_endpoint.spec import EndpointSpec
from groundplan.serving.kubernetes_endpoint.workload import Workload

GATEWAY_API = "gateway.networking.k8s.io/v1"
AWS_GATEWAY_API = "gateway.k8s.aws/v1"

ALB = "alb.ingress.kubernetes.io"
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.2 and 1.3 with forward secrecy (Application Load Balancers User Guide,
"Security policies"). The default allows 1.0."""
SPLIT = "split"
SIGN_IN = {"auth-on-unauthenticated-request": "authenticate"}


def weights(spec: EndpointSpec) -> dict[str, int]:
    """Returns Services -> their percent of the requests."""
    main = spec.main_service
    if not spec.splits_requests:
        return {main: 100}
    return {main: 100 - spec.canary_percent, f"{main}-canary": spec.canary_percent}


def annotations(spec: EndpointSpec, ingress: Ingress) -> dict[str, Any]:
    """Returns the annotations that configure the load balancer."""
    seconds = spec.stable.request_seconds
    values: dict[str, Any] = {
        "scheme": ingress.scheme.value,
        # To the pods' addresses: no hop over a node, which could terminate while it
        # forwards.
        "target-type": "ip",
        "listen-ports": '[{"HTTPS": 443}]',
        "certificate-arn": ingress.certificate_arn,
        "ssl-policy": TLS_POLICY,
        "healthcheck-path": spec.stable.health_path,
        "target-group-attributes": f"deregistration_delay.timeout_seconds={seconds}",
        "load-balancer-attributes": f"idle_timeout.timeout_seconds={max(60, seconds)},"
        "routing.http.drop_invalid_header_fields.enabled=true",
        **_authentication_annotations(ingress.authentication),
    }
    if ingress.allowed_networks is not None:
        values["inbound-cidrs"] = ",".join(ingress.allowed_networks)
    if spec.candidate is not None:
        groups = [
            {"serviceName": name, "servicePort": SERVICE_PORT, "weight": weight}
            for name, weight in weights(spec).items()
        ]
        values[f"actions.{SPLIT}"] = _json(
            {"type": "forward", "forwardConfig": {"targetGroups": groups}}
        )
    return {f"{ALB}/{key}": value for key, value in values.items()}


def ingress_spec(spec: EndpointSpec, ingress: Ingress) -> dict[str, Any]:
    """Returns the spec of an Ingress."""
    backend: dict[str, Any] = {"name": spec.main_service, "port": {"number": SERVICE_PORT}}
    if spec.candidate is not None:
        # The name of an action replaces that of a Service.
        backend = {"name": SPLIT, "port": {"name": "use-annotation"}}
    paths = [
        {"path": path, "pathType": "Prefix", "backend": {"service": backend}}
        for path in ingress.paths
    ]
    return {
        "ingressClassName": ingress.class_name,
        "rules": [{"host": ingress.host, "http": {"paths": paths}}],
    }


def route_spec(
    spec: EndpointSpec, ingress: Ingress, gateway: Gateway, filter_name: str | None
) -> dict[str, Any]:
    """Returns the spec of an HTTPRoute."""
    parent = {"name": gateway.name, "sectionName": gateway.listener}
    if gateway.namespace is not None:
        parent["namespace"] = gateway.namespace
    rule: dict[str, Any] = {
        "matches": [{"path": {"type": "PathPrefix", "value": path}} for path in ingress.paths],
        "backendRefs": [
            {"name": name, "port": SERVICE_PORT, "weight": weight}
            for name, weight in weights(spec).items()
        ],
    }
    if filter_name is not None:
        reference = {
            "group": AWS_GATEWAY_API.split("/")[0],
            "kind": "ListenerRuleConfiguration",
            "name": filter_name,
        }
        rule["filters"] = [{"type": "ExtensionRef", "extensionRef": reference}]
    return {"parentRefs": [parent], "hostnames": [ingress.host], "rules": [rule]}


def listener_rule_spec(authentication: Authentication) -> dict[str, Any]:
    """Returns the spec of a ListenerRuleConfiguration: how the load balancer
    authenticates requests."""
    if isinstance(authentication, Oidc):
        config: dict[str, Any] = {
            "issuer": authentication.issuer,
            "authorizationEndpoint": authentication.authorization_endpoint,
            "tokenEndpoint": authentication.token_endpoint,
            "userInfoEndpoint": authentication.user_info_endpoint,
            "secret": {"name": authentication.secret_name},
            "onUnauthenticatedRequest": "authenticate",
        }
        return {"actions": [{"type": "authenticate-oidc", "authenticateOIDCConfig": config}]}
    if isinstance(authentication, Cognito):
        config = {
            "userPoolArn": authentication.user_pool_arn,
            "userPoolClientId": authentication.user_pool_client_id,
            "userPoolDomain": authentication.user_pool_domain,
            "onUnauthenticatedRequest": "authenticate",
        }
        return {"actions": [{"type": "authenticate-cognito", "authenticateCognitoConfig": config}]}
    config = {"issuer": authentication.issuer, "jwksEndpoint": authentication.jwks_endpoint}
    return {"actions": [{"type": "jwt-validation", "jwtValidationConfig": config}]}


def target_group_spec(service: str, work: Workload) -> dict[str, Any]:
    """Returns the spec of a TargetGroupConfiguration with the pods' addresses as
    targets, which is not the controller's default."""
    delay = {"key": "deregistration_delay.timeout_seconds", "value": str(work.request_seconds)}
    return {
        "targetReference": {"name": service},
        "defaultConfiguration": {
            "targetType": "ip",
            "healthCheckConfig": {"healthCheckPath": work.health_path},
            "targetGroupAttributes": [delay],
        },
    }


def _authentication_annotations(authentication: Authentication | None) -> dict[str, Any]:
    if authentication is None:
        return {}
    if isinstance(authentication, Oidc):
        provider = {
            "issuer": authentication.issuer,
            "authorizationEndpoint": authentication.authorization_endpoint,
            "tokenEndpoint": authentication.token_endpoint,
            "userInfoEndpoint": authentication.user_info_endpoint,
            "secretName": authentication.secret_name,
        }
        return {"auth-type": "oidc", "auth-idp-oidc": _json(provider), **SIGN_IN}
    if isinstance(authentication, Cognito):
        provider = {
            "userPoolARN": authentication.user_pool_arn,
            "userPoolClientID": authentication.user_pool_client_id,
            "userPoolDomain": authentication.user_pool_domain,
        }
        return {"auth-type": "cognito", "auth-idp-cognito": _json(provider), **SIGN_IN}
    provider = {"issuer": authentication.issuer, "jwksEndpoint": authentication.jwks_endpoint}
    return {"jwt-validation": _json(provider)}


def _json(value: Any) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps(value, sort_keys=True)
