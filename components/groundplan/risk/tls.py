"""Older versions of TLS that an endpoint accepts."""

import re
from collections.abc import Iterator

from groundplan.diff.changes import ABSENT
from groundplan.risk.context import ChangeContext, at
from groundplan.risk.risk import Level, Risk

PATHS = {
    "apigateway.DomainName": "securityPolicy",
    "apigatewayv2.DomainName": "domainNameConfiguration.securityPolicy",
    "cloudfront.Distribution": "viewerCertificate.minimumProtocolVersion",
    "lb.Listener": "sslPolicy",
    "opensearch.Domain": "domainEndpointOptions.tlsSecurityPolicy",
}
"""Type -> the input with the oldest version, or with a policy that names it."""

# Elastic Load Balancing, "Security policies for your Application Load Balancer".
UNNAMED = {
    "ELBSecurityPolicy-2015-05": 1.0,
    "ELBSecurityPolicy-2016-08": 1.0,
    "ELBSecurityPolicy-FS-2018-06": 1.0,
    "SSLv3": 0.3,
    "TLSv1": 1.0,
    "TLSv1_2016": 1.0,
}
"""Policies whose names don't say which version they begin at."""

NAMED = re.compile(r"(?:TLS(?:13|v)?|-FS|-PQ)[-_]?1[-_.]([0-3])(?!\d)")
"""The version in a name, of which the first is the oldest."""


def older(context: ChangeContext) -> Iterator[Risk]:
    """An endpoint that accepts an older version of TLS than before."""
    path = PATHS.get(context.type)
    if path is None or not (context.old and context.new):
        return
    then, now = (oldest(at(side, path)) for side in (context.old, context.new))
    if then is not None and now is not None and now < then:
        insecure = now < 1.2
        words = f"{context.subject} now accepts connections by {_name(now)}"
        extra = ", which is no longer considered secure" if insecure else ""
        level = Level.MEDIUM if insecure else Level.LOW
        yield context.risk(level, "access", f"{words}{extra}.", context.change_text(path))


def oldest(policy: object) -> float | None:
    """Returns the oldest version that a policy accepts; `None` where that isn't
    known."""
    if policy is ABSENT:
        return None
    if str(policy) in UNNAMED:
        return UNNAMED[str(policy)]
    match = NAMED.search(str(policy))
    return float(f"1.{match[1]}") if match else None


def _name(version: float) -> str:
    return "SSL 3.0" if version < 1 else f"TLS {version}"
