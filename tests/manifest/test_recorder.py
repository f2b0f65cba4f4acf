"""The recorder: URNs, symbols, options, invokes, errors and sources."""

import gc
import json
import pathlib
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.manifest.invoke_results import UnknownInvoke
from groundplan.manifest.model import SECRET, Manifest
from groundplan.manifest.recorder import DuplicateResource, Program, ProgramContext, record
from groundplan.settings_key import configured_by

CONTEXT = ProgramContext("shop", "dev")


class Group(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:index:Group", name, {}, opts)
        self.queue = aws.sqs.Queue(f"{name}-queue", opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({"queueArn": self.queue.arn})


def inputs(program: Program, name: str, context: ProgramContext = CONTEXT) -> dict[str, object]:
    return dict(next(r for r in record(program, context) if r.name == name).inputs)


def test_a_urn_names_the_types_of_all_ancestors_but_the_stack() -> None:
    def program() -> None:
        Group("inner", pulumi.ResourceOptions(parent=Group("outer")))

    urns = {r.name: r.urn for r in record(program, CONTEXT)}
    assert urns["outer"] == "urn:pulumi:dev::shop::test:index:Group::outer"
    assert urns["inner-queue"] == (
        "urn:pulumi:dev::shop::test:index:Group$test:index:Group$aws:sqs/queue:Queue::inner-queue"
    )


def test_children_are_below_their_component_whose_outputs_are_recorded() -> None:
    manifest = record(lambda: Group("g"), CONTEXT)

    (group,) = manifest.children(None)
    assert group.outputs == {"queueArn": "${g-queue.arn}"}
    assert [child.name for child in manifest.children(group)] == ["g-queue"]


def test_an_output_that_only_the_cloud_knows_is_a_symbol_in_the_program() -> None:
    def program() -> None:
        queue = aws.sqs.Queue("jobs")
        aws.sqs.Queue(
            "copy",
            policy=pulumi.Output.json_dumps({"Resource": queue.arn}),
            name=queue.name.apply(str.upper),
        )

    copy = inputs(program, "copy")
    assert copy["policy"] == '{"Resource": "${jobs.arn}"}'
    assert copy["name"] == "${JOBS.NAME}"


def test_strings_in_objects_that_the_cloud_computes_are_symbols() -> None:
    def program() -> None:
        cluster = aws.eks.Cluster("c", role_arn="arn", vpc_config={"subnet_ids": ["a"]})
        aws.sqs.Queue(
            "q",
            name=cluster.identities[0].oidcs[0].issuer,
            policy=cluster.vpc_config.cluster_security_group_id.apply(str),
            kms_master_key_id=cluster.vpc_config.subnet_ids[0],
        )

    queue = inputs(program, "q")
    assert queue["name"] == "${c.identities[0].oidcs[0].issuer}"
    assert queue["policy"] == "${c.vpcConfig.clusterSecurityGroupId}"
    assert queue["kmsMasterKeyId"] == "a"


def test_an_optional_output_that_was_not_given_is_unknown_as_in_a_real_preview() -> None:
    def program() -> None:
        queue = aws.sqs.Queue("jobs")
        aws.sqs.Queue("other", name=queue.kms_master_key_id.apply(str))

    assert inputs(program, "other")["name"] == "${unknown until jobs}"


def test_a_number_that_only_the_cloud_knows_stays_unknown_and_names_what_it_waits_for() -> None:
    def program() -> None:
        queue = aws.sqs.Queue("jobs")
        aws.sqs.Queue(
            "third", delay_seconds=queue.visibility_timeout_seconds.apply(lambda n: (n or 0) + 1)
        )

    manifest = record(program, CONTEXT)
    (jobs,) = (r for r in manifest if r.name == "jobs")
    (third,) = (r for r in manifest if r.name == "third")
    assert third.property_dependencies == {"delaySeconds": (jobs.urn,)}
    assert third.inputs == {"delaySeconds": "${unknown until jobs}"}


class Packaged(pulumi.ComponentResource):
    """A component of another package, as its generated SDK declares it."""

    pulumi_type = "pack:index:Packaged"

    def __init__(self, name: str, subnets: dict[str, str]) -> None:
        super().__init__(self.pulumi_type, name, {"subnets": subnets, "arn": None}, remote=True)

    @property
    @pulumi.getter
    def subnets(self) -> pulumi.Output[Sequence[str]]:
        return pulumi.get(self, "subnets")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def arn(self) -> pulumi.Output[str]:
        return pulumi.get(self, "arn")  # type: ignore[no-any-return]


def test_a_remote_component_has_the_outputs_that_its_sdk_declares() -> None:
    def program() -> None:
        packaged = Packaged("p", {"strategy": "auto"})
        pulumi.export("outputs", {"arn": packaged.arn, "third": packaged.subnets[2]})

    manifest = record(program, CONTEXT)
    (packaged,) = manifest
    assert (packaged.inputs, packaged.option("remote")) == ({"subnets": {"strategy": "auto"}}, True)
    assert manifest.outputs == {"outputs": {"arn": "${p.arn}", "third": "${unknown}"}}


def test_kubernetes_objects_have_names_and_a_status() -> None:
    def program() -> None:
        provider = kubernetes.Provider("k", kubeconfig="{}")
        opts = pulumi.ResourceOptions(provider=provider)
        space = kubernetes.core.v1.Namespace("space", opts=opts)
        service = kubernetes.core.v1.Service(
            "web", metadata={"namespace": space.metadata.name}, opts=opts
        )
        pulumi.export("host", service.status.load_balancer.ingress[0].hostname)

    manifest = record(program, CONTEXT)
    assert next(r for r in manifest if r.name == "web").inputs["metadata"] == {
        "namespace": "${space.metadata.name}"
    }
    assert manifest.outputs == {"host": "${web.status.loadBalancer.ingress[0].hostname}"}
    assert next(r for r in manifest if r.name == "web").option("provider") == (
        "urn:pulumi:dev::shop::pulumi:providers:kubernetes::k"
    )


def test_a_secret_is_hidden_at_any_depth() -> None:
    def program() -> None:
        secret = pulumi.Config().require_secret("token")
        aws.sqs.Queue(
            "q", name=secret, tags={"deep": secret}, policy=pulumi.Output.json_dumps({"t": secret})
        )
        pulumi.export("token", secret)

    context = ProgramContext("shop", "dev", {"shop:token": "hunter2"}, frozenset({"shop:token"}))
    manifest = record(program, context)
    assert "hunter2" not in manifest.to_json()
    assert next(r for r in manifest if r.name == "q").inputs == {
        "name": SECRET,
        "tags": {"deep": SECRET},
        "policy": SECRET,
    }
    assert manifest.outputs == {"token": SECRET}


def test_options_are_recorded_by_their_engine_names() -> None:
    def program() -> None:
        first = aws.sqs.Queue("first")
        aws.sqs.Queue(
            "second",
            opts=pulumi.ResourceOptions(
                protect=True,
                retain_on_delete=True,
                delete_before_replace=True,
                ignore_changes=["visibility_timeout_seconds"],
                aliases=[pulumi.Alias(name="zweite")],
                depends_on=[first],
                custom_timeouts=pulumi.CustomTimeouts(create="5m"),
                replace_on_changes=["name"],
                additional_secret_outputs=["url"],
            ),
        )

    manifest = record(program, CONTEXT)
    second = next(r for r in manifest if r.name == "second")
    assert second.options == {
        "protect": True,
        "retainOnDelete": True,
        "deleteBeforeReplace": True,
        "ignoreChanges": ["visibilityTimeoutSeconds"],
        "aliases": [{"name": "zweite"}],
        "customTimeouts": {"create": "5m"},
        "replaceOnChanges": ["name"],
        "additionalSecretOutputs": ["url"],
    }
    assert second.dependencies == (next(r for r in manifest if r.name == "first").urn,)


def test_two_resources_with_one_urn_are_refused_as_by_the_engine() -> None:
    def program() -> None:
        aws.sqs.Queue("q")
        aws.sqs.Queue("q")

    with pytest.raises(DuplicateResource, match=r"aws:sqs/queue:Queue::q"):
        record(program, CONTEXT)


def test_a_failed_program_logs_nothing_when_its_futures_are_collected(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def program() -> None:
        aws.sqs.Queue("q")
        aws.sqs.Queue("q")

    def failed() -> bool:
        try:
            record(program, CONTEXT)
        except DuplicateResource:
            return True
        return False

    assert failed()
    record(lambda: None, CONTEXT)  # the SDK refers to the last program only
    gc.collect()
    assert [entry.getMessage() for entry in caplog.records if entry.name == "asyncio"] == []


def test_an_asset_is_its_path_in_the_project_and_its_digest(
    tmp_path: pathlib.Path,
) -> None:
    (tmp_path / "handler").mkdir()
    (tmp_path / "handler" / "main.py").write_text("print()")

    def program() -> None:
        aws.lambda_.Function("f", role="r", code=pulumi.FileArchive(str(tmp_path / "handler")))

    context = ProgramContext("shop", "dev", root=tmp_path)
    before = inputs(program, "f", context)["code"]
    (tmp_path / "handler" / "__pycache__").mkdir()
    (tmp_path / "handler" / "__pycache__" / "main.pyc").write_bytes(b"compiled")
    assert inputs(program, "f", context)["code"] == before
    (tmp_path / "handler" / "main.py").write_text("print(1)")
    after = inputs(program, "f", context)["code"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert before["asset"] == after["asset"] == "handler"
    assert before["sha256"] != after["sha256"]


def test_an_asset_next_to_a_program_outside_of_the_project_has_a_relative_path(
    tmp_path: pathlib.Path,
) -> None:
    root, program_folder = tmp_path / "live" / "shop", tmp_path / "infra"
    root.mkdir(parents=True)
    program_folder.mkdir()
    (program_folder / "main.py").write_text("print()")
    (tmp_path / "other.py").write_text("print()")

    def program() -> None:
        for name, file in (
            ("inside", program_folder / "main.py"),
            ("outside", tmp_path / "other.py"),
        ):
            aws.s3.BucketObjectv2(name, bucket="b", source=pulumi.FileAsset(str(file)))

    context = ProgramContext("shop", "dev", root=root, program=program_folder)
    inside, outside = (inputs(program, name, context)["source"] for name in ("inside", "outside"))
    assert isinstance(inside, dict)
    assert isinstance(outside, dict)
    assert (inside["asset"], outside["asset"]) == ("../../infra/main.py", "other.py")


def test_an_invoke_has_a_built_in_result_and_is_recorded_once() -> None:
    def program() -> None:
        for _ in range(2):
            pulumi.export(
                "zones", aws.get_availability_zones_output(exclude_zone_ids=["euc1-az1"]).names
            )

    manifest = record(program, ProgramContext("shop", "dev", {"aws:region": "eu-central-1"}))
    assert manifest.outputs == {"zones": ["eu-central-1b", "eu-central-1c"]}
    assert [invoke.token for invoke in manifest.invokes] == [
        "aws:index/getAvailabilityZones:getAvailabilityZones"
    ]


def test_a_policy_document_is_computed_as_by_the_provider() -> None:
    def program() -> None:
        statement = aws.iam.GetPolicyDocumentStatementArgsDict(
            sid="Read",
            actions=["s3:GetObject"],
            resources=["arn:x"],
            principals=[{"type": "AWS", "identifiers": ["a"]}],
        )
        pulumi.export("policy", aws.iam.get_policy_document_output(statements=[statement]).json)

    text = record(program, CONTEXT).outputs["policy"]
    statement = {
        "Action": ["s3:GetObject"],
        "Effect": "Allow",
        "Principal": {"AWS": ["a"]},
        "Resource": ["arn:x"],
        "Sid": "Read",
    }
    assert text == json.dumps({"Statement": [statement], "Version": "2012-10-17"})


def test_an_invoke_without_a_built_in_result_has_a_symbolic_one() -> None:
    def program() -> None:
        vpc = aws.ec2.get_vpc_output(default=True)
        pulumi.export(
            "vpc",
            {
                "id": vpc.id,
                "cidr": vpc.cidr_block,
                "default": vpc.default,
                "dns": vpc.enable_dns_support,
            },
        )
        pulumi.export(
            "zones", aws.ec2.get_subnets(filters=[{"name": "vpc-id", "values": ["vpc-1"]}]).ids
        )

    manifest = record(program, CONTEXT)
    assert manifest.outputs["vpc"] == {
        "id": "${getVpc(default=true).id}",
        "cidr": "${getVpc(default=true).cidrBlock}",
        "default": True,
        "dns": False,
    }
    assert manifest.outputs["zones"] == [
        "${getSubnets(filters=[(name: vpc-id, values: [vpc-1])]).ids[0]}"
    ]


def test_an_invoke_result_can_be_supplied() -> None:
    def program() -> None:
        pulumi.export("vpc", aws.ec2.get_vpc_output(default=True).id)

    context = ProgramContext("shop", "dev", answers={"aws:ec2/getVpc:getVpc": {"id": "vpc-1"}})
    manifest = record(program, context)
    assert manifest.outputs == {"vpc": "vpc-1"}
    (invoke,) = manifest.invokes
    assert (dict(invoke.arguments), invoke.answer) == ({"default": True}, {"id": "vpc-1"})


def test_an_unknown_invoke_is_an_error_that_names_the_fix() -> None:
    def program() -> None:
        pulumi.runtime.invoke("aws:ec2/nothing:getNothing", {"a": 1})

    with pytest.raises(UnknownInvoke, match=r"aws:ec2/nothing:getNothing\({\"a\": 1}\).*--answers"):
        record(program, CONTEXT)


def test_a_failing_program_leaves_its_manifest_until_then() -> None:
    def program() -> None:
        aws.sqs.Queue("q")
        raise LookupError("no such thing")

    with pytest.raises(LookupError) as caught:
        record(program, CONTEXT)
    manifest = caught.value.manifest  # type: ignore[attr-defined]
    assert [r.name for r in manifest] == ["q"]


def test_an_assertion_in_an_apply_that_is_not_awaited_fails_the_run() -> None:
    def check(arn: str) -> None:
        raise AssertionError(arn)

    def program() -> None:
        aws.sqs.Queue("q").arn.apply(check)

    with pytest.raises(AssertionError, match=r"\$\{q.arn\}"):
        record(program, CONTEXT)


def test_a_program_sees_a_preview_of_its_stack() -> None:
    def program() -> None:
        pulumi.export(
            "context", [pulumi.get_project(), pulumi.get_stack(), pulumi.runtime.is_dry_run()]
        )

    assert record(program, CONTEXT).outputs == {"context": ["shop", "dev", True]}


def test_an_async_program_is_awaited() -> None:
    async def main() -> pulumi.Inputs:
        return {"queue": aws.sqs.Queue("q").url}

    assert record(lambda: pulumi.run(main), CONTEXT).outputs == {"queue": "${q.url}"}


def test_runs_are_isolated_from_each_other() -> None:
    def program() -> None:
        Group("g")

    first = record(program, CONTEXT).to_json()
    record(lambda: Group("other"), ProgramContext("another", "prod"))
    assert record(program, CONTEXT).to_json() == first


def test_the_source_of_a_resource_is_a_line_of_the_program(
    tmp_path: pathlib.Path,
) -> None:
    def program() -> None:
        Group("g")

    line = program.__code__.co_firstlineno + 1
    here = pathlib.Path(__file__)
    sources = {
        r.name: r.source
        for r in record(
            program, ProgramContext("shop", "dev", root=here.parents[2], program=here.parent)
        )
    }
    assert sources["g"] == f"tests/manifest/test_recorder.py:{line}"
    assert sources["g-queue"].startswith("tests/manifest/test_recorder.py:")
    assert {r.source for r in record(program, ProgramContext("shop", "dev", root=tmp_path))} == {""}


def test_the_source_in_a_program_outside_of_the_project_is_relative_to_the_project() -> None:
    here = pathlib.Path(__file__)

    def program() -> None:
        aws.sqs.Queue("q")

    context = ProgramContext("shop", "dev", root=here.parent / "live" / "shop", program=here.parent)
    (queue,) = record(program, context)
    assert queue.source == f"../../test_recorder.py:{program.__code__.co_firstlineno + 1}"


def test_a_manifest_is_the_same_after_writing_and_reading() -> None:
    manifest = record(lambda: Group("g"), CONTEXT)
    assert Manifest.from_data(manifest.to_data()).to_json() == manifest.to_json()
    with pytest.raises(ValueError, match="format 1"):
        Manifest.from_data({"format": 99})


def test_a_resource_has_the_key_of_the_settings_that_it_is_registered_from() -> None:
    def program() -> None:
        with configured_by("buckets.one"):
            Group("one")
        Group("two")

    manifest = record(program, CONTEXT)
    settings = {resource.name: resource.setting for resource in manifest if not resource.parent}
    assert settings == {"one": "buckets.one", "two": ""}
    assert {resource.setting for resource in manifest if resource.parent} <= {""}
    again = Manifest.from_data(json.loads(manifest.to_json()))
    assert again == manifest
