"""LogStore: the log groups, Fluent Bit's identity, the masks and the saved queries."""

import json
from functools import cache
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from groundplan import LogStore
from groundplan.arguments import InvalidArguments
from groundplan.testing import Plan, deploy, policy

GROUP = "aws:cloudwatch/logGroup:LogGroup"
QUERY = "aws:cloudwatch/queryDefinition:QueryDefinition"
MASK = "aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy"
RELEASE = "kubernetes:helm.sh/v3:Release"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"


def plan_of(*, provider: bool = True, **args: Any) -> Plan:
    def program() -> None:
        providers: Any = [kubernetes.Provider("cluster", kubeconfig="{}")] if provider else []
        arguments: Any = args
        LogStore("logs", arguments, pulumi.ResourceOptions(providers=providers))

    return deploy(program, project="ml", stack="prod.eu", region="eu-west-1")


@cache
def of_cluster() -> Plan:
    return plan_of(
        cluster={"cluster_name": "training"},
        teams={"vision": {"namespaces": ["vision", "chat"]}, "speech": {}},
        endpoints={"churn": "churn-prod"},
        functions={"watch": "watch-logs-1"},
        training_jobs={"create": True, "retention_days": 14},
        data_protection={"identifiers": ["EmailAddress", "PhoneNumber-US"]},
        runbooks_url="https://git.example.com/runbooks",
    )


def test_each_team_and_the_platform_have_a_log_group_with_retention_and_key() -> None:
    groups = of_cluster().all(GROUP)
    assert {group.inputs["name"] for group in groups.values()} == {
        "/groundplan/ml-prod-eu/logs/platform",
        "/groundplan/ml-prod-eu/logs/speech",
        "/groundplan/ml-prod-eu/logs/vision",
        "/aws/sagemaker/TrainingJobs",
    }
    assert all(group.inputs["kmsKeyId"] == "${logs-key-key.arn}" for group in groups.values())
    assert groups["logs-team-vision"].inputs["retentionInDays"] == 90
    assert groups["logs-sagemaker-training"].inputs["retentionInDays"] == 14
    assert all(g.option("protect") and g.option("retainOnDelete") for g in groups.values())


def test_fluent_bit_writes_to_streams_of_these_groups_and_creates_none() -> None:
    statements = policy(of_cluster().one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    teams = ("speech", "vision", "platform")
    assert statements == {
        "WriteLogs": {
            "Sid": "WriteLogs",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": [f"${{logs-team-{team}.arn}}:*" for team in teams],
        }
    }


def test_the_identity_is_that_of_the_charts_service_account() -> None:
    plan = of_cluster()
    identity = plan.one("aws:eks/podIdentityAssociation:PodIdentityAssociation").inputs
    release = plan.one(RELEASE)
    assert identity["namespace"] == release.inputs["namespace"] == "logging-system"
    values: Any = release.inputs["values"]
    assert identity["serviceAccount"] == values["serviceAccount"]["name"] == "fluent-bit"
    assert values["env"] == [{"name": "AWS_REGION", "value": "eu-west-1"}]


def test_pods_start_after_their_identity_their_isolation_and_their_log_groups() -> None:
    plan = of_cluster()
    after = {urn.rpartition("::")[2] for urn in plan.dependencies(plan.one(RELEASE))}
    assert {
        "logs-network-policy",
        "logs-fluent-bit-identity",
        "logs-fluent-bit-role-policy",
        "logs-team-vision",
        "logs-team-platform",
    } <= after


def test_a_namespace_leads_to_the_team_that_owns_it() -> None:
    values: Any = of_cluster().one(RELEASE).inputs["values"]
    script = values["luaScripts"]["fields.lua"]
    assert 'local ENVIRONMENT = "ml-prod-eu"' in script
    for space, team in {"vision": "vision", "chat": "vision", "speech": "speech"}.items():
        assert f'["{space}"] = "{team}"' in script


def test_the_log_groups_of_the_cluster_are_masked() -> None:
    masks = of_cluster().all(MASK)
    assert set(masks) == {
        f"logs-team-{t}-data-protection" for t in ("vision", "speech", "platform")
    }
    document = json.loads(masks["logs-team-vision-data-protection"].inputs["policyDocument"])
    audit, mask = document["Statement"]
    identifiers = [
        "arn:aws:dataprotection::aws:data-identifier/EmailAddress",
        "arn:aws:dataprotection::aws:data-identifier/PhoneNumber-US",
    ]
    assert audit["DataIdentifier"] == mask["DataIdentifier"] == identifiers
    assert audit["Operation"] == {"Audit": {"FindingsDestination": {}}}
    assert mask["Operation"] == {"Deidentify": {"MaskConfig": {}}}


def test_saved_queries_find_errors_of_an_endpoint_a_run_and_a_model_version() -> None:
    queries = {
        q.inputs["name"].rpartition("/")[2]: q.inputs for q in of_cluster().all(QUERY).values()
    }
    groups = [f"/groundplan/ml-prod-eu/logs/{t}" for t in ("speech", "vision", "platform")]
    for title in ("errors of an endpoint", "lines of a run", "lines of a model version"):
        assert queries[title]["logGroupNames"] == groups
    assert 'filter endpoint = "NAME"' in queries["errors of an endpoint"]["queryString"]
    assert 'run = "RUN"' in queries["lines of a run"]["queryString"]
    of_sagemaker = queries["errors of SageMaker endpoint churn"]
    assert of_sagemaker["logGroupNames"] == ["/aws/sagemaker/Endpoints/churn-prod"]
    assert queries["errors of functions"]["logGroupNames"] == ["watch-logs-1"]
    jobs = queries["lines of a SageMaker training job"]
    assert jobs["logGroupNames"] == ["/aws/sagemaker/TrainingJobs"]


def test_prometheus_watches_fluent_bit_and_alerts_have_their_runbook() -> None:
    plan = of_cluster()
    (group,) = plan.one("kubernetes:monitoring.coreos.com/v1:PrometheusRule").inputs["spec"][
        "groups"
    ]
    urls = {rule["annotations"]["runbook_url"] for rule in group["rules"]}
    assert urls == {"https://git.example.com/runbooks/log-collection.md"}
    endpoint = plan.one("kubernetes:monitoring.coreos.com/v1:PodMonitor").inputs["spec"]
    assert endpoint["podMetricsEndpoints"][0]["portNumber"] == 2020
    managed = {"workspace_id": "ws-1", "labels": {"owner": "ml"}}
    plan = plan_of(cluster={"cluster_name": "training", "managed_prometheus": managed})
    rules = plan.one("aws:amp/ruleGroupNamespace:RuleGroupNamespace").inputs
    assert rules["workspaceId"] == "ws-1"
    assert rules["data"].count("owner: ml") == 4
    assert not plan.all("kubernetes:monitoring.coreos.com/v1:PrometheusRule")
    without = plan_of(cluster={"cluster_name": "training", "prometheus": False})
    assert without.all("kubernetes:monitoring.coreos.com/v1:PodMonitor") == {}


def test_without_aws_lines_go_to_the_output_and_nothing_is_created_in_aws() -> None:
    output = {"type": "opensearch", "host": "opensearch.search.svc", "namespace": "search"}
    plan = plan_of(cluster={"output": output, "memory_mib": 512}, teams={"vision": {}})
    assert not [r for r in plan.manifest if r.type.startswith("aws:")]
    values: Any = plan.one(RELEASE).inputs["values"]
    assert "Host opensearch.search.svc" in values["config"]["outputs"]
    assert "Port 9200" in values["config"]["outputs"]
    assert values["resources"]["limits"] == {"memory": "512Mi"}


def test_without_a_cluster_there_are_queries_of_endpoints_and_no_fluent_bit() -> None:
    plan = plan_of(provider=False, endpoints={"churn": "churn-prod"}, kms_key_arn=KEY)
    assert len(plan.all(QUERY)) == 1
    assert not plan.all(RELEASE)
    assert not plan.all(GROUP)
    assert not plan.all("aws:kms/key:Key")


def test_training_jobs_of_another_owner_are_queried_only() -> None:
    plan = plan_of(provider=False, training_jobs={})
    assert not plan.all(GROUP)
    assert plan.one(QUERY).inputs["logGroupNames"] == ["/aws/sagemaker/TrainingJobs"]


def test_scratch_environments_can_be_deleted() -> None:
    plan = plan_of(cluster={"cluster_name": "x"}, deletion_protection=False)
    assert not any(group.option("protect") for group in plan.all(GROUP).values())


CLUSTER: dict[str, Any] = {"cluster_name": "training"}
OUTPUT: dict[str, Any] = {"type": "http", "host": "x.y.svc"}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"retention_days": 91}, "retention_days"),
    ({"kms_key_arn": "alias/x"}, "kms_key_arn"),
    ({"runbooks_url": "git"}, "runbooks_url"),
    ({"cluster": {}}, "cluster.cluster_name"),
    ({"cluster": {**CLUSTER, "output": OUTPUT}}, "cluster.cluster_name"),
    ({"cluster": {**CLUSTER, "memory_mib": 64}}, "cluster.memory_mib"),
    (
        {"cluster": {**CLUSTER, "managed_prometheus": {"workspace_id": ""}}},
        "cluster.managed_prometheus.workspace_id",
    ),
    (
        {
            "cluster": {
                **CLUSTER,
                "prometheus": False,
                "managed_prometheus": {"workspace_id": "ws-1"},
            }
        },
        "cluster.managed_prometheus",
    ),
    (
        {"cluster": {"output": OUTPUT, "managed_prometheus": {"workspace_id": "ws-1"}}},
        "cluster.managed_prometheus",
    ),
    ({"cluster": {"output": {**OUTPUT, "host": "a b"}}}, "cluster.output.host"),
    ({"cluster": {"output": {**OUTPUT, "host": "x\n[OUTPUT]"}}}, "cluster.output.host"),
    ({"cluster": {"output": {**OUTPUT, "host": "{{ .Values }}"}}}, "cluster.output.host"),
    ({"cluster": {"output": {**OUTPUT, "port": 0}}}, "cluster.output.port"),
    ({"cluster": {"output": {**OUTPUT, "path": "logs"}}}, "cluster.output.path"),
    ({"cluster": {"output": {**OUTPUT, "path": "/{{x}}"}}}, "cluster.output.path"),
    ({"cluster": {"output": {**OUTPUT, "index": "x"}}}, "cluster.output.index"),
    (
        {"cluster": {"output": {**OUTPUT, "type": "opensearch", "index": "X"}}},
        "cluster.output.index",
    ),
    ({"cluster": {"output": {**OUTPUT, "namespace": "A"}}}, "cluster.output.namespace"),
    ({"cluster": {"output": {**OUTPUT, "secret_name": "A B"}}}, "cluster.output.secret_name"),
    ({"cluster": {"output": OUTPUT}, "endpoints": {"a": "a"}}, "endpoints"),
    (
        {"cluster": {"output": OUTPUT}, "data_protection": {"identifiers": ["EmailAddress"]}},
        "data_protection",
    ),
    ({"teams": {"platform": {}}}, "teams.platform"),
    ({"teams": {"Vision": {}}}, "teams.Vision"),
    ({"teams": {"a": {"namespaces": ["b"]}, "b": {}}}, "teams.b.namespaces[0]"),
    ({"teams": {"a": {"endpoints": ["x"]}}}, "teams.a.endpoints[0]"),
    ({"teams": {"a": {"readers": ["arn:aws:iam::123456789012:role/*"]}}}, "teams.a.readers[0]"),
    (
        {
            "teams": {"a": {"endpoints": ["x"]}, "b": {"endpoints": ["x"]}},
            "endpoints": {"x": "x"},
        },
        "teams.b.endpoints[0]",
    ),
    ({"training_jobs": {"retention_days": 30}}, "training_jobs.retention_days"),
    ({"training_jobs": {"create": True, "retention_days": 2}}, "training_jobs.retention_days"),
    ({"data_protection": {"identifiers": []}}, "data_protection.identifiers"),
    ({"data_protection": {"identifiers": ["arn:x"]}}, "data_protection.identifiers[0]"),
    ({"data_protection": {"identifiers": ["EmailAdress"]}}, "data_protection.identifiers[0]"),
    ({"data_protection": {"identifiers": ["PhoneNumber-JP"]}}, "data_protection.identifiers[0]"),
    (
        {"data_protection": {"identifiers": ["EmailAddress", "EmailAddress"]}},
        "data_protection.identifiers[1]",
    ),
]


@pytest.mark.parametrize(("args", "key"), WRONG, ids=range(len(WRONG)))
def test_each_wrong_value_is_named(args: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidArguments) as error:
        plan_of(**args)
    assert key in {problem.key for problem in error.value.problems}


def test_a_cluster_needs_a_provider() -> None:
    with pytest.raises(InvalidArguments, match="Kubernetes provider"):
        plan_of(provider=False, cluster=CLUSTER)


@pytest.mark.parametrize("name", ["Logs", "a" * 21, "1logs", "lo_gs"])
def test_a_name_that_no_domain_can_have_is_refused(name: str) -> None:
    with pytest.raises(InvalidArguments, match="rename the component"):
        deploy(lambda: LogStore(name, {}), project="ml", stack="prod")
