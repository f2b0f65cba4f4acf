"""A workspace of Amazon Managed Grafana."""

import json
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.arguments import InvalidArguments
from groundplan.monitoring.monitoring_stack import MonitoringStack
from groundplan.testing import Plan, deploy

WORKSPACE = "aws:grafana/workspace:Workspace"
MEMBERS = "aws:grafana/roleAssociation:RoleAssociation"
SAML = "aws:grafana/workspaceSamlConfiguration:WorkspaceSamlConfiguration"
GROUP = "01234567-89ab-cdef-0123-456789abcdef"
OTHER = "11234567-89ab-cdef-0123-456789abcdef"
PROVIDER = {"metadata_url": "https://idp.example.com/metadata", "role_attribute": "role"}


def watch(grafana: Any, **more: Any) -> Plan:
    untyped: Any = {"grafana": grafana, **more}

    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        options = pulumi.ResourceOptions(providers=[provider])
        MonitoringStack("watch", untyped, options)

    return deploy(program)


def granted(plan: Plan) -> dict[str, Any]:
    policy = plan.one("aws:iam/rolePolicy:RolePolicy", "watch-grafana-policy").inputs["policy"]
    return {statement["Sid"]: statement for statement in json.loads(policy)["Statement"]}


def test_a_workspace_is_protected_pinned_and_assumes_a_role_of_its_own() -> None:
    plan = watch({"admins": [GROUP], "viewers": [OTHER]})

    workspace = plan.one(WORKSPACE)
    assert workspace.inputs["grafanaVersion"] == "12.4"
    assert workspace.inputs["authenticationProviders"] == ["AWS_SSO"]
    assert workspace.inputs["permissionType"] == "CUSTOMER_MANAGED"
    assert workspace.inputs["roleArn"] == "${watch-grafana-role.arn}"
    assert workspace.option("protect")
    trust = json.loads(
        plan.one("aws:iam/role:Role", "watch-grafana-role").inputs["assumeRolePolicy"]
    )
    (statement,) = trust["Statement"]
    assert statement["Principal"] == {"Service": "grafana.amazonaws.com"}
    assert "aws:SourceAccount" in statement["Condition"]["StringEquals"]
    members = {one.inputs["role"]: one.inputs["groupIds"] for one in plan.all(MEMBERS).values()}
    assert members == {"ADMIN": [GROUP], "VIEWER": [OTHER]}
    assert not watch({}, deletion_protection=False).one(WORKSPACE).option("protect")


def test_it_reads_this_workspace_of_prometheus_and_cloudwatch_and_nothing_else() -> None:
    managed = {"cluster": {"cluster_name": "c"}, "prometheus": {"backend": "managed"}}
    found = granted(watch({}, **managed))

    assert set(found) == {"QueryPrometheus", "ReadCloudWatchMetrics"}
    assert found["QueryPrometheus"]["Resource"] == "${watch-workspace.arn}"
    for statement in found.values():
        for action in statement["Action"]:
            assert action.split(":")[1].startswith(("Get", "List", "Describe", "Query"))
    assert set(granted(watch({}))) == {"ReadCloudWatchMetrics"}


def test_saml_has_its_identity_provider_and_no_role_associations() -> None:
    plan = watch(
        {"authentication": "saml", "saml": PROVIDER, "admins": ["admin"], "editors": ["ml"]}
    )

    assert plan.one(WORKSPACE).inputs["authenticationProviders"] == ["SAML"]
    saml = plan.one(SAML).inputs
    assert saml["idpMetadataUrl"] == PROVIDER["metadata_url"]
    assert (saml["roleAssertion"], saml["adminRoleValues"]) == ("role", ["admin"])
    assert saml["editorRoleValues"] == ["ml"]
    assert not plan.all(MEMBERS)


def test_network_access_is_restricted_where_it_is_set() -> None:
    access = {"prefix_list_ids": ["pl-0a"], "vpc_endpoint_ids": ["vpce-0b"]}
    assert watch({"network_access": access}).one(WORKSPACE).inputs["networkAccessControl"] == {
        "prefixListIds": ["pl-0a"],
        "vpceIds": ["vpce-0b"],
    }
    assert "networkAccessControl" not in watch({}).one(WORKSPACE).inputs


def test_the_stack_exports_the_workspace_and_its_address() -> None:
    outputs = watch({}).one("groundplan:index:MonitoringStack").outputs
    assert outputs["grafanaWorkspaceId"] == "${watch-grafana.id}"
    assert outputs["grafanaUrl"] == "https://${watch-grafana.endpoint}"


@pytest.mark.parametrize(
    ("grafana", "keys"),
    [
        ({"authentication": "saml"}, ["saml", "editors"]),
        ({"saml": PROVIDER}, ["saml"]),
        (
            {"authentication": "saml", "saml": PROVIDER, "editors": ["a"], "viewers": []},
            ["viewers"],
        ),
        (
            {
                "authentication": "saml",
                "saml": {"metadata_url": "http://idp", "role_attribute": " "},
                "editors": [""],
            },
            ["saml.metadata_url", "saml.role_attribute", "editors[0]"],
        ),
        ({"admins": ["platform"]}, ["admins[0]"]),
        ({"admins": [GROUP], "editors": [OTHER, GROUP]}, ["editors[1]"]),
        ({"version": "9.4"}, ["version"]),
        ({"network_access": {}}, ["network_access"]),
        (
            {"network_access": {"prefix_list_ids": ["vpce-0a"]}},
            ["network_access.prefix_list_ids[0]"],
        ),
        (
            {"network_access": {"vpc_endpoint_ids": [f"vpce-{n}" for n in range(6)]}},
            ["network_access.vpc_endpoint_ids"],
        ),
    ],
)
def test_a_workspace_that_nobody_could_use_is_refused(grafana: Any, keys: list[str]) -> None:
    with pytest.raises(InvalidArguments) as caught:
        watch(grafana)
    assert [problem.key for problem in caught.value.problems] == [f"grafana.{k}" for k in keys]
