"""Invokes that the engine answers itself, from what is registered."""

import pulumi
import pulumi_aws as aws
import pytest
from groundplan.manifest.recorder import ProgramContext, record

CONTEXT = ProgramContext("shop", "dev")


def test_a_resource_that_another_one_refers_to_is_read_from_what_is_registered() -> None:
    def program() -> None:
        role = aws.iam.Role("nodes", assume_role_policy="{}")
        profile = aws.iam.InstanceProfile("nodes", role=role)  # type: ignore[call-overload]
        arn = profile.role.apply(lambda value: value.arn)
        aws.sqs.Queue("q", name=arn)
        pulumi.export("id", profile.role.apply(lambda value: value.id))

    manifest = record(program, CONTEXT)
    assert next(r for r in manifest if r.name == "q").inputs["name"] == "${nodes.arn}"
    assert manifest.outputs == {"id": "${nodes.id}"}
    assert manifest.invokes == ()


def test_a_resource_is_read_by_its_urn() -> None:
    def program() -> None:
        queue = aws.sqs.Queue("jobs", visibility_timeout_seconds=30)
        read = queue.urn.apply(
            lambda urn: aws.sqs.Queue("read", opts=pulumi.ResourceOptions(urn=urn))
        )
        pulumi.export("arn", read.arn)

    manifest = record(program, CONTEXT)
    assert manifest.outputs == {"arn": "${jobs.arn}"}
    assert [resource.name for resource in manifest] == ["jobs"]


def test_a_component_is_read_with_the_outputs_that_it_registered() -> None:
    class Group(pulumi.ComponentResource):
        size: pulumi.Output[int]

        def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
            super().__init__("test:index:Group", name, {"size": None}, opts)
            if not (opts and opts.urn):
                self.register_outputs({"size": 3})

    def program() -> None:
        group = Group("g")
        read = group.urn.apply(lambda urn: Group("r", pulumi.ResourceOptions(urn=urn)))
        pulumi.export("read", read.urn)

    outputs = record(program, CONTEXT).outputs
    assert outputs == {"read": "urn:pulumi:dev::shop::test:index:Group::g"}


def test_a_resource_that_is_not_registered_is_an_error_that_names_it() -> None:
    urn = "urn:pulumi:dev::shop::aws:sqs/queue:Queue::none"

    def program() -> None:
        read = aws.sqs.Queue("read", opts=pulumi.ResourceOptions(urn=urn))
        pulumi.export("arn", read.arn)

    with pytest.raises(Exception, match=r"reads the resource .*::none, which it has not"):
        record(program, CONTEXT)


@pytest.mark.parametrize("name", ["readStackOutputs", "readStackResourceOutputs"])
def test_the_outputs_of_another_stack_are_the_engines(name: str) -> None:
    def program() -> None:
        arguments = {"name": "acme/net/prod", "stackName": "acme/net/prod"}
        read = pulumi.runtime.invoke(f"pulumi:pulumi:{name}", arguments)
        pulumi.export("outputs", (read.value or {})["outputs"])

    manifest = record(program, CONTEXT)
    assert manifest.outputs == {"outputs": {}}
    assert manifest.invokes == ()
