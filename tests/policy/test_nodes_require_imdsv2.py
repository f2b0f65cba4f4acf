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

Make = Callable[..., Resource]
Judge = Callable[..., list[Breach]]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "options", [{"httpTokens": "required"}, {"httpEndpoint": "disabled"}, "${unknown until config}"]
)
def test_machines_that_require_tokens_comply(
    make: Make, judge: Judge, kind: str, options: Any
) -> None:
    assert judge(RULE, make(kind, "node", {"metadataOptions": options})) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "inputs", [{}, {"metadataOptions": {"httpTokens": "optional"}}, {"metadataOptions": {}}]
)
def test_machines_that_do_not_are_named(make: Make, judge: Judge, kind: str, inputs: Any) -> None:
    node = make(kind, "node", inputs)
    (breach,) = judge(RULE, node)
    assert (breach.urn, breach.property) == (node.urn, "metadataOptions.httpTokens")
    assert breach.reason.startswith("node answers old metadata requests")


def test_an_instance_may_leave_it_to_its_template(make: Make, judge: Judge) -> None:
    assert judge(RULE, make(INSTANCE, "node", {"launchTemplate": {"id": "${template.id}"}})) == []


def test_an_instance_that_overrules_its_template_is_judged(make: Make, judge: Judge) -> None:
    inputs = {
        "launchTemplate": {"id": "${template.id}"},
        "metadataOptions": {"httpTokens": "optional"},
    }
    assert len(judge(RULE, make(INSTANCE, "node", inputs))) == 1


def test_notebooks_are_judged_by_their_own_setting(make: Make, judge: Judge) -> None:
    key = "instanceMetadataServiceConfiguration"
    assert (
        judge(RULE, make(NOTEBOOK, "nb", {key: {"minimumInstanceMetadataServiceVersion": "2"}}))
        == []
    )
    assert (
        judge(
            RULE,
            make(NOTEBOOK, "nb", {key: {"minimumInstanceMetadataServiceVersion": "${unknown}"}}),
        )
        == []
    )
    (breach,) = judge(RULE, make(NOTEBOOK, "nb"))
    assert breach.property == f"{key}.minimumInstanceMetadataServiceVersion"


def test_it_is_about_machines_only(make: Make, judge: Judge) -> None:
    assert (
        judge(RULE, make("aws:eks/nodeGroup:NodeGroup"), make("aws:lambda/function:Function")) == []
    )


CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"


@pytest.mark.parametrize(
    "spec", [{}, {"metadataOptions": {"httpTokens": "required"}}, {"metadataOptions": "${unknown}"}]
)
def test_karpenter_requires_tokens_by_itself(make: Make, judge: Judge, spec: Any) -> None:
    assert judge(RULE, make(CLASS, "gpu", {"spec": spec})) == []


def test_a_node_class_that_does_not_is_named(make: Make, judge: Judge) -> None:
    (breach,) = judge(
        RULE, make(CLASS, "gpu", {"spec": {"metadataOptions": {"httpTokens": "optional"}}})
    )
    assert breach.property == "spec.metadataOptions.httpTokens"
    assert breach.fix == "set spec.metadataOptions.httpTokens to required, or remove it"
