"""Changes of the configuration of providers, default and explicit ones."""

import json
import pathlib
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.diff.changes import ABSENT, Change, Kind
from groundplan.diff.comparison import compare
from groundplan.manifest import state
from groundplan.manifest.bases import of_file
from groundplan.manifest.model import SECRET, Manifest
from groundplan.manifest.recorder import Program, ProgramContext, record
from groundplan.risk.analysis import analyze

WEST, EAST = {"aws:region": "us-west-2"}, {"aws:region": "us-east-1"}


def store() -> None:
    aws.dynamodb.Table(
        "table", attributes=[{"name": "id", "type": "S"}], hash_key="id", billing_mode="PROVISIONED"
    )
    aws.iam.Role("role", assume_role_policy="{}")
    aws.sqs.Queue("elsewhere", region="eu-west-1")


def recorded(program: Program, config: dict[str, str], *secrets: str) -> Manifest:
    return record(program, ProgramContext("shop", "dev", config, frozenset(secrets)))


def changes(
    old: dict[str, str], new: dict[str, str], program: Program = store
) -> dict[str, Change]:
    compared = compare(recorded(program, old), recorded(program, new), "x")
    return {change.resource.name: change for change in compared.changes}


def paths(change: Change) -> list[tuple[str, Any, Any, bool | None]]:
    return [(p.path, p.old, p.new, p.replaces) for p in change.properties]


def test_another_region_is_a_change_of_the_provider_and_replaces_what_is_in_the_old_one() -> None:
    both = changes(WEST, EAST)
    assert {name: change.kind for name, change in both.items()} == {
        "default": Kind.UPDATE,
        "table": Kind.REPLACE,
    }
    assert both["default"].resource.type == "pulumi:providers:aws"
    assert paths(both["default"]) == [("region", "us-west-2", "us-east-1", None)]
    assert paths(both["table"]) == [("region", "us-west-2", "us-east-1", True)]


def test_another_region_has_the_risks_of_what_is_replaced() -> None:
    before, after = recorded(store, WEST), recorded(store, EAST)
    risks = analyze(compare(before, after, "x"), before, after)
    assert [(r.kind, r.urn.rsplit("::", 1)[-1], r.because) for r in risks] == [
        ("data-loss", "table", "region: us-west-2 -> us-east-1")
    ]


def test_what_depends_on_a_replaced_resource_changes_with_it() -> None:
    def program() -> None:
        queue = aws.sqs.Queue("queue")
        aws.iam.RolePolicy("policy", role="r", policy=pulumi.Output.json_dumps({"Q": queue.arn}))

    assert {name: change.kind for name, change in changes(WEST, EAST, program).items()} == {
        "default": Kind.UPDATE,
        "queue": Kind.REPLACE,
        "policy": Kind.UPDATE,
    }


def test_the_same_configuration_is_no_change_and_counts_nothing() -> None:
    same = compare(recorded(store, WEST), recorded(store, WEST), "x")
    assert (same.changes, same.unchanged) == ((), 3)


def explicit(region: str, **options: Any) -> Program:
    def program() -> None:
        provider = aws.Provider("regional", region=region, **options)
        opts = pulumi.ResourceOptions(provider=provider)
        aws.sqs.Queue("queue", opts=opts)
        aws.iam.Role("role", assume_role_policy="{}", opts=opts)

    return program


def compared(before: Program, after: Program) -> dict[str, Change]:
    both = compare(recorded(before, WEST), recorded(after, WEST), "x")
    return {change.resource.name: change for change in both.changes}


def test_an_explicit_provider_follows_the_same_rule() -> None:
    both = compared(explicit("us-west-2"), explicit("eu-west-1"))
    assert {name: change.kind for name, change in both.items()} == {
        "regional": Kind.UPDATE,
        "queue": Kind.REPLACE,
    }


@pytest.mark.parametrize(("region", "kind"), [("us-west-2", Kind.UPDATE), ("a", Kind.REPLACE)])
def test_from_the_default_provider_to_another_one_the_region_decides(
    region: str, kind: Kind
) -> None:
    def program() -> None:
        aws.sqs.Queue("queue")
        aws.iam.Role("role", assume_role_policy="{}")

    both = compared(program, explicit(region))
    assert both["queue"].kind is kind
    assert both["role"].kind is Kind.UPDATE
    assert [p.replaces for p in both["queue"].options] == [False]


def test_a_region_that_is_written_out_replaces_only_if_it_is_another_one() -> None:
    def queue(region: str | None) -> Program:
        return lambda: aws.sqs.Queue("queue", region=region)

    assert compared(queue(None), queue("us-west-2"))["queue"].kind is Kind.UPDATE
    assert compared(queue("us-west-2"), queue(None))["queue"].kind is Kind.UPDATE
    assert compared(queue(None), queue("us-east-1"))["queue"].kind is Kind.REPLACE


def tagged() -> None:
    aws.sqs.Queue("queue", tags={"own": "1"})
    aws.iam.Role("role", assume_role_policy="{}", tags={"team": "own"})
    aws.iam.RolePolicy("policy", role="r", policy="{}")


def test_other_default_tags_update_what_has_tags() -> None:
    old, new = ({"aws:defaultTags": json.dumps({"tags": {"team": team}})} for team in "ab")
    both = changes(old, new, tagged)
    assert {name: change.kind for name, change in both.items()} == {
        "default": Kind.UPDATE,
        "queue": Kind.UPDATE,
    }
    assert paths(both["default"]) == [("defaultTags.tags.team", "a", "b", False)]
    assert paths(both["queue"]) == [("tagsAll.team", "a", "b", False)]
    first = changes({}, new, tagged)
    assert paths(first["queue"]) == [("tagsAll.team", ABSENT, "b", False)]


def test_default_tags_of_an_explicit_provider_update_too() -> None:
    def with_tags(team: str) -> Program:
        return explicit("us-west-2", default_tags={"tags": {"team": team}})

    both = compared(with_tags("a"), with_tags("b"))
    assert {name: change.kind for name, change in both.items()} == dict.fromkeys(
        ("regional", "queue", "role"), Kind.UPDATE
    )


@pytest.mark.parametrize(
    ("key", "old", "new"),
    [
        ("allowedAccountIds", '["111111111111"]', '["222222222222"]'),
        ("profile", "a", "b"),
        ("assumeRoles", '[{"roleArn": "a"}]', '[{"roleArn": "b"}]'),
    ],
)
def test_another_account_is_a_change_of_the_provider(key: str, old: str, new: str) -> None:
    both = changes({f"aws:{key}": old}, {f"aws:{key}": new})
    assert {name: change.kind for name, change in both.items()} == {"default": Kind.UPDATE}
    assert f"{key} selects the account" in both["default"].note


def kubeconfig(server: str) -> str:
    return json.dumps(
        {
            "current-context": "a",
            "contexts": [{"name": "a", "context": {"cluster": "a", "user": "u"}}],
            "clusters": [{"name": "a", "cluster": {"server": server}}],
            "users": [{"name": "u", "user": {"token": "hunter2"}}],
        }
    )


def namespace() -> None:
    kubernetes.core.v1.Namespace("ns")


def test_another_context_is_a_change_of_the_provider_that_replaces_nothing() -> None:
    both = changes({"kubernetes:context": "a"}, {"kubernetes:context": "b"}, namespace)
    assert {name: change.kind for name, change in both.items()} == {"default": Kind.UPDATE}
    assert "what is deployed stays in the old cluster" in both["default"].note


def test_another_cluster_in_the_kubeconfig_replaces_all_that_is_in_it() -> None:
    old, new = (
        {"kubernetes:kubeconfig": kubeconfig(server)} for server in ("https://a", "https://b")
    )
    both = changes(old, new, namespace)
    assert {name: change.kind for name, change in both.items()} == {
        "default": Kind.REPLACE,
        "ns": Kind.REPLACE,
    }


def test_another_default_namespace_replaces_the_objects_that_have_none() -> None:
    def program() -> None:
        kubernetes.core.v1.ConfigMap("plain", data={})
        kubernetes.core.v1.ConfigMap("own", metadata={"namespace": "own"}, data={})
        kubernetes.core.v1.Namespace("ns")

    both = changes({}, {"kubernetes:namespace": "a"}, program)
    assert {name: change.kind for name, change in both.items()} == {
        "default": Kind.UPDATE,
        "plain": Kind.REPLACE,
    }
    assert paths(both["plain"]) == [("metadata.namespace", "default", "a", True)]


def test_any_provider_is_compared_and_only_where_it_is_used() -> None:
    class Record(pulumi.CustomResource):
        def __init__(self, name: str) -> None:
            super().__init__("cloudflare:index/record:Record", name, {})

    both = changes(
        {"cloudflare:apiBasePath": "/a"}, {"cloudflare:apiBasePath": "/b"}, lambda: Record("r")
    )
    assert [change.resource.type for change in both.values()] == ["pulumi:providers:cloudflare"]
    assert changes({"gcp:project": "a"}, {"gcp:project": "b"}) == {}


def test_secrets_of_a_providers_configuration_stay_secret() -> None:
    config = {
        "aws:secretKey": "hunter2",
        "aws:endpoints": '[{"sqs": "https://user:hunter2@proxy"}]',
        "aws:customCaBundle": "hunter2",
        "aws:assumeRoles": '[{"roleArn": "a", "sessionToken": "hunter2"}]',
        "kubernetes:kubeconfig": kubeconfig("https://a"),
    }

    def program() -> None:
        store()
        namespace()

    manifest = recorded(program, config, "aws:customCaBundle")
    assert "hunter2" not in manifest.to_json()
    assert (manifest.default_providers or {})["aws"]["secretKey"] == SECRET


def test_a_manifest_of_an_older_version_says_nothing_of_providers() -> None:
    data = recorded(store, WEST).to_data()
    assert data.pop("default_providers") == {"aws": {"region": "us-west-2"}}
    old = Manifest.from_data(data)
    assert old.default_providers is None
    assert compare(old, recorded(store, EAST), "x").changes == ()
    assert "default_providers" not in old.to_data()


def test_a_saved_manifest_has_the_configuration(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(recorded(store, WEST).to_json())
    saved = of_file(file, "dev").results["dev"].manifest
    assert saved is not None
    names = [c.resource.name for c in compare(saved, recorded(store, EAST), "x").changes]
    assert names == ["default", "table"]


def deployed(inputs: dict[str, Any]) -> Manifest:
    """The state of one queue, as `pulumi stack export` has it."""
    urn = "urn:pulumi:dev::shop::"
    provider = f"{urn}pulumi:providers:aws::default_7_51_1"
    return state.manifest(
        {
            "deployment": {
                "resources": [
                    {
                        "urn": f"{urn}pulumi:providers:aws::default_6_9_0",
                        "type": "pulumi:providers:aws",
                        "custom": True,
                        "inputs": {"region": "eu-west-3"},
                    },
                    {
                        "urn": provider,
                        "type": "pulumi:providers:aws",
                        "custom": True,
                        "id": "1",
                        "inputs": {
                            "__internal": {},
                            "version": "7.51.1",
                            "skipRegionValidation": "true",
                            **inputs,
                        },
                    },
                    {
                        "urn": f"{urn}aws:sqs/queue:Queue::queue",
                        "type": "aws:sqs/queue:Queue",
                        "custom": True,
                        "id": "q",
                        "provider": f"{provider}::1",
                        "inputs": {},
                        "outputs": {"region": inputs.get("region")},
                    },
                ]
            }
        },
        "dev",
    )


def against_state(inputs: dict[str, Any], config: dict[str, str]) -> dict[str, Kind]:
    after = recorded(lambda: aws.sqs.Queue("queue"), config)
    both = compare(deployed(inputs), after, "x")
    return {change.resource.name: change.kind for change in both.changes}


def test_a_deployed_state_has_the_configuration_of_its_default_providers() -> None:
    west = {"region": "us-west-2"}
    tags = {"defaultTags": '{"tags":{"team":"a"}}'}
    updated = {"default": Kind.UPDATE, "queue": Kind.UPDATE}
    assert against_state(west, WEST) == {}
    assert against_state(west, EAST) == {"default": Kind.UPDATE, "queue": Kind.REPLACE}
    assert against_state(west | tags, WEST) == updated
    assert against_state(west, WEST | {"aws:defaultTags": tags["defaultTags"]}) == updated
    assert against_state(west | tags, WEST | {"aws:defaultTags": tags["defaultTags"]}) == {}


def test_what_a_state_may_have_from_the_environment_is_not_compared() -> None:
    assert against_state({"region": "us-west-2", "profile": "ci"}, {}) == {}


@pytest.mark.parametrize(
    ("config", "immutable", "kind"),
    [
        ({}, False, Kind.REPLACE),
        ({"kubernetes:enableConfigMapMutable": "true"}, False, Kind.UPDATE),
        ({"kubernetes:enableConfigMapMutable": "true"}, True, Kind.REPLACE),
    ],
)
def test_the_provider_decides_whether_data_of_a_config_map_is_updated_in_place(
    config: dict[str, str], immutable: bool, kind: Kind
) -> None:
    def holds(text: str) -> Program:
        def program() -> None:
            kubernetes.core.v1.ConfigMap("map", data={"a": text}, immutable=immutable or None)

        return program

    sides = [recorded(holds(text), config) for text in ("b", "c")]
    (change,) = compare(sides[0], sides[1], "x").changes
    assert change.kind is kind
