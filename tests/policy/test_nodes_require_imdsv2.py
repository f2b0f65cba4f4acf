from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.nodes_require_imdsv2 import RULE

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
INSTANCE = "aws:ec2/instance:Instance"
NOTEBOOK = "aws:sagemaker/notebookInstance:NotebookInstance"
KINDS = [TEMPLATE, INSTANCE, "aws:ec2/launchConfiguration:LaunchConfiguration"]

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "options", [{"httpTokens": "required"}, {"httpEndpoint": "disabled"}, "${unknown until config}"]
)
def test_machines_that_require_tokens_comply(
    build: Build, check_rule: CheckRule, kind: str, options: Any
) -> None:
    assert check_rule(RULE, build(kind, "node", {"metadataOptions": options})) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "inputs", [{}, {"metadataOptions": {"httpTokens": "optional"}}, {"metadataOptions": {}}]
)
def test_machines_that_do_not_are_named(
    build: Build, check_rule: CheckRule, kind: str, inputs: Any
) -> None:
    node = build(kind, "node", inputs)
    (breach,) = check_rule(RULE, node)
    assert (breach.urn, breach.property) == (node.urn, "metadataOptions.httpTokens")
    assert breach.reason.startswith("node allows IMDSv1")


def test_an_instance_may_leave_it_to_its_template(build: Build, check_rule: CheckRule) -> None:
    assert (
        check_rule(RULE, build(INSTANCE, "node", {"launchTemplate": {"id": "${template.id}"}}))
        == []
    )


def test_an_instance_that_overrules_its_template_is_judged(
    build: Build, check_rule: CheckRule
) -> None:
    inputs = {
        "launchTemplate": {"id": "${template.id}"},
        "metadataOptions": {"httpTokens": "optional"},
    }
    assert len(check_rule(RULE, build(INSTANCE, "node", inputs))) == 1


def test_notebooks_are_judged_by_their_own_setting(build: Build, check_rule: CheckRule) -> None:
    key = "instanceMetadataServiceConfiguration"
    assert (
        check_rule(
            RULE, build(NOTEBOOK, "nb", {key: {"minimumInstanceMetadataServiceVersion": "2"}})
        )
        == []
    )
    assert (
        check_rule(
            RULE,
            build(NOTEBOOK, "nb", {key: {"minimumInstanceMetadataServiceVersion": "${unknown}"}}),
        )
        == []
    )
    (breach,) = check_rule(RULE, build(NOTEBOOK, "nb"))
    assert breach.property == f"{key}.minimumInstanceMetadataServiceVersion"


def test_it_is_about_machines_only(build: Build, check_rule: CheckRule) -> None:
    assert (
        check_rule(
            RULE, build("aws:eks/nodeGroup:NodeGroup"), build("aws:lambda/function:Function")
        )
        == []
    )


CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"


@pytest.mark.parametrize(
    "spec", [{}, {"metadataOptions": {"httpTokens": "required"}}, {"metadataOptions": "${unknown}"}]
)
def test_karpenter_requires_tokens_by_itself(
    build: Build, check_rule: CheckRule, spec: Any
) -> None:
    assert check_rule(RULE, build(CLASS, "gpu", {"spec": spec})) == []


def test_a_node_class_that_does_not_is_named(build: Build, check_rule: CheckRule) -> None:
    (breach,) = check_rule(
        RULE, build(CLASS, "gpu", {"spec": {"metadataOptions": {"httpTokens": "optional"}}})
    )
    assert breach.property == "spec.metadataOptions.httpTokens"
    assert breach.fix == "set spec.metadataOptions.httpTokens to required, or remove it"
