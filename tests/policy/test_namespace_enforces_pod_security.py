from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.namespace_enforces_pod_security import RULE

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]

NAMESPACE = "kubernetes:core/v1:Namespace"
LABEL = "pod-security.kubernetes.io/enforce"


@pytest.mark.parametrize(
    "labels", [{LABEL: "restricted"}, {LABEL: "baseline"}, {LABEL: "privileged"}, "${team.labels}"]
)
def test_a_namespace_that_names_a_level_complies(
    build: Build, check_rule: CheckRule, labels: Any
) -> None:
    assert (
        check_rule(
            RULE, build(NAMESPACE, "vision", {"metadata": {"name": "vision", "labels": labels}})
        )
        == []
    )


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"metadata": {"name": "vision"}},
        {"metadata": {"labels": {"pod-security.kubernetes.io/warn": "restricted"}}},
    ],
)
def test_a_namespace_that_admits_any_pod_is_named(
    build: Build, check_rule: CheckRule, inputs: Any
) -> None:
    namespace = build(NAMESPACE, "vision", inputs)
    (breach,) = check_rule(RULE, namespace)
    assert (breach.urn, breach.property) == (namespace.urn, f'metadata.labels["{LABEL}"]')
    assert breach.reason.startswith("the namespace vision admits all pods")


def test_it_is_about_namespaces_only(build: Build, check_rule: CheckRule) -> None:
    assert check_rule(RULE, build("kubernetes:core/v1:Service")) == []
