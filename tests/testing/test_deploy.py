"""The test kit: lookups that fail are errors, and its arguments reach the program."""

import json

import pulumi
import pulumi_aws as aws
import pytest
from groundplan.testing import Plan, deploy, policy

QUEUE = "aws:sqs/queue:Queue"


class Group(pulumi.ComponentResource):
    def __init__(self, name: str) -> None:
        super().__init__("test:index:Group", name)
        self.first = aws.sqs.Queue(f"{name}-first", opts=pulumi.ResourceOptions(parent=self))
        self.second = aws.sqs.Queue(
            f"{name}-second",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.first]),
        )


@pytest.fixture
def plan() -> Plan:
    return deploy(lambda: Group("g"))


def test_one_resource_is_looked_up_by_type_and_name(plan: Plan) -> None:
    assert plan.one("test:index:Group").name == "g"
    assert plan.one(QUEUE, "g-second").name == "g-second"


@pytest.mark.parametrize(
    ("type_", "name", "error"),
    [
        (QUEUE, None, f"expected exactly one {QUEUE}, found 2 among:"),
        (QUEUE, "g-third", f"expected exactly one {QUEUE} g-third, found 0 among:"),
        ("aws:sns/topic:Topic", None, "expected exactly one aws:sns/topic:Topic, found 0 among:"),
    ],
)
def test_a_lookup_without_exactly_one_match_lists_all_resources(
    plan: Plan, type_: str, name: str | None, error: str
) -> None:
    with pytest.raises(AssertionError) as caught:
        plan.one(type_, name)
    assert str(caught.value).splitlines() == [
        error,
        f"  {QUEUE} g-first",
        f"  {QUEUE} g-second",
        "  test:index:Group g",
    ]


def test_all_resources_of_a_type_are_returned_by_name(plan: Plan) -> None:
    assert set(plan.all(QUEUE)) == {"g-first", "g-second"}
    assert plan.all("aws:sns/topic:Topic") == {}


def test_the_parent_and_the_dependencies_of_a_resource(plan: Plan) -> None:
    second = plan.one(QUEUE, "g-second")
    parent = plan.parent(second)
    assert parent is not None
    assert parent.name == "g"
    assert plan.parent(parent) is None
    assert plan.dependencies(second) == {"g-first"}


def test_the_arguments_reach_the_program() -> None:
    def program() -> None:
        pulumi.export("project", pulumi.get_project())
        pulumi.export("stack", pulumi.get_stack())
        pulumi.export("size", pulumi.Config().require("size"))
        pulumi.export("region", aws.get_region_output().region)
        pulumi.export("vpc", aws.ec2.get_vpc_output(default=True).id)

    outputs = deploy(
        program,
        project="shop",
        stack="dev",
        config={"shop:size": "3"},
        region="eu-west-1",
        answers={"aws:ec2/getVpc:getVpc": {"id": "vpc-1"}},
    ).manifest.outputs
    assert outputs == {
        "project": "shop",
        "stack": "dev",
        "size": "3",
        "region": "eu-west-1",
        "vpc": "vpc-1",
    }


def test_the_defaults_of_the_arguments() -> None:
    def program() -> None:
        pulumi.export(
            "context",
            [pulumi.get_project(), pulumi.get_stack(), aws.get_region_output().region],
        )

    outputs = deploy(program).manifest.outputs
    assert outputs == {"context": ["project", "test", "us-east-1"]}


def test_the_configured_region_overrides_the_argument() -> None:
    def program() -> None:
        pulumi.export("region", aws.get_region_output().region)

    plan = deploy(program, config={"aws:region": "eu-west-1"}, region="us-west-2")
    assert plan.manifest.outputs == {"region": "eu-west-1"}


def test_an_error_of_the_program_is_raised() -> None:
    def program() -> None:
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        deploy(program)


def document(*sids: str | None) -> str:
    statements = [{"Effect": "Allow", **({"Sid": sid} if sid else {})} for sid in sids]
    return json.dumps({"Statement": statements})


def test_the_statements_of_a_policy_are_returned_by_sid() -> None:
    assert policy(document("A", "B")) == {
        "A": {"Effect": "Allow", "Sid": "A"},
        "B": {"Effect": "Allow", "Sid": "B"},
    }


@pytest.mark.parametrize("sids", [("A", "A"), ("A", None), (None,)])
def test_statements_without_a_unique_sid_are_an_assertion_error(
    sids: tuple[str | None, ...],
) -> None:
    with pytest.raises(AssertionError, match="statements without a unique Sid"):
        policy(document(*sids))
