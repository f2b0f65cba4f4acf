"""The search of a LogStore: domain and collection, access, functions, alarms."""

import json
import pathlib
import re
from functools import cache
from typing import Any

import pytest
from groundplan import LogStore
from groundplan.arguments import InvalidArguments
from groundplan.cost.estimate import estimate
from groundplan.diff.comparison import compare
from groundplan.logs.search import functions
from groundplan.logs.search.domain import master_type
from groundplan.logs.search.serverless import MAX_NAME
from groundplan.risk.analysis import analyze
from groundplan.testing import Plan, deploy, policy

RUNBOOKS = pathlib.Path(__file__).parents[2] / "docs" / "runbooks"
DOMAIN = "aws:opensearch/domain:Domain"
COLLECTION = "aws:opensearch/serverlessCollection:ServerlessCollection"
SECURITY = "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy"
FUNCTION = "aws:lambda/function:Function"
FILTER = "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
SETUP = "aws:lambda/invocation:Invocation"
NETWORK = {"vpc_id": "vpc-1", "subnet_ids": ["subnet-a", "subnet-b", "subnet-c"]}


def role(name: str) -> str:
    return f"arn:aws:iam::123456789012:role/{name}"


ARGS: dict[str, Any] = {
    "teams": {"crm": {"endpoints": ["churn"], "readers": [role("crm")]}, "speech": {}},
    "endpoints": {"churn": "Churn-prod"},
    "functions": {"watch": "watch-logs-1"},
    "training_jobs": {},
    "alarm_actions": ["arn:aws:sns:us-east-1:123456789012:alarms"],
}


def plan_of(search: dict[str, Any], stack: str = "prod", **args: Any) -> Plan:
    arguments: Any = {**ARGS, **args, "search": {"network": NETWORK, **search}}
    return deploy(
        lambda: LogStore("logs", arguments), project="ml", stack=stack, region="us-east-1"
    )


@cache
def domain() -> Plan:
    return plan_of(
        {
            "domain": {"instance_count": 3, "zone_count": 3, "service_linked_role": True},
            "retention_days": 60,
            "readers": [role("auditor")],
            "administrators": [role("admin")],
            "client_security_group_ids": {"vpn": "sg-vpn"},
        },
    )


@cache
def collection() -> Plan:
    return plan_of({"serverless": {}, "readers": [role("auditor")]})


def settings_of(plan: Plan, kind: str) -> dict[str, Any]:
    variables = plan.one(FUNCTION, f"logs-{kind}-function").inputs["environment"]["variables"]
    found: dict[str, Any] = json.loads(variables["GROUNDPLAN_LOGS"])
    return found


# The domain.


def test_the_domain_is_in_the_vpc_encrypted_and_lets_roles_of_iam_in_only() -> None:
    inputs = domain().one(DOMAIN).inputs
    assert inputs["vpcOptions"] == {
        "securityGroupIds": ["${logs-search-security-group.id}"],
        "subnetIds": NETWORK["subnet_ids"],
    }
    assert inputs["encryptAtRest"] == {"enabled": True, "kmsKeyId": "${logs-key-key.arn}"}
    assert inputs["nodeToNodeEncryption"] == {"enabled": True}
    assert inputs["domainEndpointOptions"] == {
        "enforceHttps": True,
        "tlsSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10",
    }
    assert inputs["advancedSecurityOptions"] == {
        "enabled": True,
        "anonymousAuthEnabled": False,
        "internalUserDatabaseEnabled": False,
        "masterUserOptions": {"masterUserArn": "${logs-setup-role.arn}"},
    }


def test_zones_and_dedicated_masters_follow_the_number_of_nodes() -> None:
    assert domain().one(DOMAIN).inputs["clusterConfig"] == {
        "instanceType": "m6g.large.search",
        "instanceCount": 3,
        "zoneAwarenessEnabled": True,
        "zoneAwarenessConfig": {"availabilityZoneCount": 3},
        "dedicatedMasterEnabled": True,
        "dedicatedMasterCount": 3,
        "dedicatedMasterType": "m6g.large.search",
    }
    small = plan_of(
        {"domain": {"instance_type": "t3.small.search", "instance_count": 1, "zone_count": 1}}
    )
    inputs = small.one(DOMAIN).inputs
    assert inputs["clusterConfig"] == {
        "instanceType": "t3.small.search",
        "instanceCount": 1,
        "zoneAwarenessEnabled": False,
        "dedicatedMasterEnabled": False,
    }
    assert inputs["vpcOptions"]["subnetIds"] == ["subnet-a"]
    assert inputs["autoTuneOptions"] == {"desiredState": "DISABLED", "useOffPeakWindow": False}
    assert domain().one(DOMAIN).inputs["autoTuneOptions"]["desiredState"] == "ENABLED"


@pytest.mark.parametrize(
    ("nodes", "kind"),
    [(3, "m6g.large"), (11, "c6g.2xlarge"), (31, "r6g.xlarge"), (80, "r6g.2xlarge")],
)
def test_the_type_of_dedicated_masters(nodes: int, kind: str) -> None:
    assert master_type(nodes) == f"{kind}.search"


def test_its_own_logs_are_encrypted_kept_for_a_while_and_written_by_it_alone() -> None:
    plan = domain()
    options = plan.one(DOMAIN).inputs["logPublishingOptions"]
    assert {option["logType"] for option in options} == {
        "AUDIT_LOGS",
        "ES_APPLICATION_LOGS",
        "INDEX_SLOW_LOGS",
        "SEARCH_SLOW_LOGS",
    }
    written = plan.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy").inputs
    (statement,) = json.loads(written["policyDocument"])["Statement"]
    assert statement["Principal"] == {"Service": "es.amazonaws.com"}
    assert "${logs-domain-audit.arn}:*" in statement["Resource"]
    assert statement["Condition"]["ArnLike"]["aws:SourceArn"].endswith(":domain/logs-domain-*")
    without = plan_of({"domain": {"audit_log": False}})
    types = [o["logType"] for o in without.one(DOMAIN).inputs["logPublishingOptions"]]
    assert "AUDIT_LOGS" not in types


def test_the_policy_of_the_domain_names_every_role() -> None:
    statements = policy(
        domain().one("aws:opensearch/domainPolicy:DomainPolicy").inputs["accessPolicies"]
    )
    assert statements["Administer"]["Principal"] == {
        "AWS": ["${logs-setup-role.arn}", role("admin")]
    }
    assert statements["Write"]["Principal"] == {"AWS": ["${logs-forward-role.arn}"]}
    assert statements["Write"]["Resource"] == "${logs-domain.arn}/_bulk"
    assert statements["Read"]["Principal"] == {"AWS": [role("auditor"), role("crm")]}
    assert not any("*" in action for s in statements.values() for action in s["Action"])


def test_only_the_functions_and_the_clients_reach_it_by_https() -> None:
    rules = domain().all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert {
        (r.inputs["referencedSecurityGroupId"], r.inputs["fromPort"], r.inputs["toPort"])
        for r in rules.values()
    } == {("${logs-search-functions-security-group.id}", 443, 443), ("sg-vpn", 443, 443)}


def test_data_is_protected() -> None:
    for plan, kind in ((domain(), DOMAIN), (collection(), COLLECTION)):
        resource = plan.one(kind)
        assert (resource.option("protect"), resource.option("retainOnDelete")) == (True, True)


def test_the_service_linked_role_is_created_where_it_is_asked_for() -> None:
    kind = "aws:iam/serviceLinkedRole:ServiceLinkedRole"
    assert domain().one(kind).inputs["awsServiceName"] == "opensearchservice.amazonaws.com"
    assert plan_of({"domain": {}}).all(kind) == {}


# The functions.


def test_the_setup_runs_after_the_access_and_again_when_what_is_wanted_changes() -> None:
    plan = domain()
    call = plan.one(SETUP)
    assert call.inputs["lifecycleScope"] == "CRUD"
    event = json.loads(call.inputs["input"])
    assert event["digest"] == functions.digest()
    assert (event["endpoint"], event["service"]) == ("${logs-domain.endpoint}", "es")
    assert event["wanted"] == {
        "retention_days": 60,
        "shards": 3,
        "replicas": 2,
        "writer": "${logs-forward-role.arn}",
        "readers": [role("auditor")],
        "administrators": [role("admin")],
        "teams": {"crm": [role("crm")], "speech": []},
        "audit_log": True,
    }
    after = {urn.rpartition("::")[2] for urn in plan.dependencies(call)}
    assert {"logs-domain-policy", "logs-search-from-functions"} <= after


def test_no_line_comes_before_the_index_template() -> None:
    for plan in (domain(), collection()):
        for subscription in plan.all(FILTER).values():
            assert any("logs-search-setup" in urn for urn in plan.dependencies(subscription))


def test_the_functions_are_in_the_vpc_with_a_log_group_and_a_queue() -> None:
    for kind in ("setup", "forward"):
        inputs = domain().one(FUNCTION, f"logs-{kind}-function").inputs
        assert inputs["vpcConfig"] == {
            "subnetIds": NETWORK["subnet_ids"],
            "securityGroupIds": ["${logs-search-functions-security-group.id}"],
        }
        assert inputs["loggingConfig"]["logGroup"] == f"${{logs-{kind}-logs.name}}"


def test_the_archives_have_what_they_run_and_no_pulumi() -> None:
    for kind in ("setup", "forward"):
        files = functions.files(kind)
        assert f"groundplan/logs/index/{kind}.py" in files
        assert not [path for path, text in files.items() if "import pulumi" in text]
        assert not [path for path in files if "search_validation" in path or "spec.py" in path]
    assert "groundplan/logs/index/dashboards.ndjson" in functions.files("setup")


def test_lines_of_all_log_groups_are_delivered_by_cloudwatch_alone() -> None:
    plan = plan_of({"domain": {}}, training_jobs={"create": True})
    groups = {f.inputs["logGroup"] for f in plan.all(FILTER).values()}
    assert groups == {
        "/aws/sagemaker/Endpoints/Churn-prod",
        "/aws/sagemaker/TrainingJobs",
        "watch-logs-1",
    }
    permissions = plan.all("aws:lambda/permission:Permission").values()
    assert {p.inputs["principal"] for p in permissions} == {"logs.amazonaws.com"}
    assert {p.inputs["sourceArn"].partition("log-group:")[2] for p in permissions} == {
        f"{group}:*" for group in groups
    }
    assert all(p.inputs["sourceAccount"] for p in permissions)


def test_the_function_that_indexes_lines_sends_them_and_looks_at_its_endpoints() -> None:
    statements = policy(
        domain().one("aws:iam/rolePolicy:RolePolicy", "logs-forward-role-policy").inputs["policy"]
    )
    assert statements["SendLines"]["Action"] == ["es:ESHttpPost"]
    assert statements["SendLines"]["Resource"] == ["${logs-domain.arn}/_bulk"]
    (endpoint,) = statements["LookAtEndpoints"]["Resource"]
    assert endpoint.endswith(":endpoint/churn-prod")
    create = statements["CreateNetworkInterfaces"]
    assert create["Condition"]["ArnEquals"]["ec2:Vpc"].endswith(":vpc/vpc-1")


def test_a_line_of_an_endpoint_belongs_to_the_team_that_owns_it() -> None:
    settings = settings_of(domain(), "forward")
    assert settings["teams"] == {"Churn-prod": "crm"}
    assert settings["cluster_prefix"] == "/groundplan/ml-prod/logs/"
    assert settings["store"] == "ml-prod-logs"


def test_a_search_that_is_replaced_is_set_up_again() -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    before, after = plan_of({"domain": {}}), plan_of({"domain": {}}, kms_key_arn=key)
    found = compare(before.manifest, after.manifest, "base")
    changes = {change.resource.name: change.kind.value for change in found.changes}
    assert changes["logs-domain"] == "replace"
    assert changes["logs-search-setup"] == "update"
    risks = analyze(found, before.manifest, after.manifest)
    lost = [r.words for r in risks if r.kind == "data-loss" and r.urn.endswith("::logs-domain")]
    assert ["replaced by an empty one" in words for words in lost] == [True]


def test_another_instance_type_is_a_blue_green_deployment() -> None:
    before = plan_of({"domain": {}})
    after = plan_of({"domain": {"instance_type": "r6g.large.search"}})
    found = compare(before.manifest, after.manifest, "base")
    (risk,) = analyze(found, before.manifest, after.manifest)
    assert "blue/green" in risk.words
    assert {change.resource.name for change in found.changes} == {"logs-domain"}


# The collection.


def test_the_collection_has_its_own_key_and_is_reached_in_the_vpc_only() -> None:
    plan = collection()
    assert plan.one(COLLECTION).inputs["type"] == "TIMESERIES"
    assert plan.one(COLLECTION).inputs["standbyReplicas"] == "ENABLED"
    encryption = json.loads(plan.one(SECURITY, "logs-encryption").inputs["policy"])
    assert encryption == {
        "AWSOwnedKey": False,
        "KmsARN": "${logs-key-key.arn}",
        "Rules": [{"ResourceType": "collection", "Resource": ["collection/ml-prod-logs"]}],
    }
    (network,) = json.loads(plan.one(SECURITY, "logs-network").inputs["policy"])
    assert network["AllowFromPublic"] is False
    assert network["SourceVPCEs"] == ["${logs-vpc-endpoint.id}"]
    assert {rule["ResourceType"] for rule in network["Rules"]} == {"collection", "dashboard"}


def test_a_team_reads_its_own_index_of_the_collection() -> None:
    kind = "aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy"
    grants = json.loads(collection().one(kind).inputs["policy"])
    readers = {
        tuple(grant["Principal"]): rule
        for grant in grants
        for rule in grant["Rules"]
        if rule["ResourceType"] == "index"
    }
    own = readers[(role("crm"),)]
    assert own["Resource"] == ["index/ml-prod-logs/groundplan-logs-crm"]
    assert own["Permission"] == ["aoss:DescribeIndex", "aoss:ReadDocument"]
    assert readers[(role("auditor"),)]["Resource"] == ["index/ml-prod-logs/groundplan-logs-*"]
    assert "aoss:ReadDocument" not in readers[("${logs-forward-role.arn}",)]["Permission"]
    assert len(readers) == 4  # none of the team without readers


def test_the_retention_of_a_collection_is_a_policy_of_aws() -> None:
    kind = "aws:opensearch/serverlessLifecyclePolicy:ServerlessLifecyclePolicy"
    (rule,) = json.loads(collection().one(kind).inputs["policy"])["Rules"]
    assert rule["MinIndexRetention"] == "30d"
    assert rule["Resource"] == ["index/ml-prod-logs/groundplan-logs-*"]


def test_names_of_a_collection_and_its_policies_fit() -> None:
    plan = plan_of({"serverless": {"standby_replicas": False}}, stack="a-very-long-name-of_A.stack")
    name = plan.one(COLLECTION).inputs["name"]
    assert re.fullmatch(rf"[a-z][a-z0-9-]{{2,{MAX_NAME - 1}}}", name)
    assert plan.one(COLLECTION).inputs["standbyReplicas"] == "DISABLED"
    for kind in ("Access", "Lifecycle", "Security"):
        token = f"aws:opensearch/serverless{kind}Policy:Serverless{kind}Policy"
        assert {p.inputs["name"] for p in plan.all(token).values()} == {name}


# Alarms and costs.


def test_each_alarm_notifies_and_has_a_runbook_that_exists() -> None:
    for plan in (domain(), collection()):
        for alarm in plan.all(ALARM).values():
            assert alarm.inputs["alarmActions"] == ARGS["alarm_actions"]
            found = re.search(r"docs/runbooks/([a-z-]+\.md)", alarm.inputs["alarmDescription"])
            assert found
            assert (RUNBOOKS / found[1]).is_file()


def test_the_alarms_of_a_domain_and_of_what_fills_it() -> None:
    alarms = domain().all(ALARM)
    rules = {
        name.removeprefix("logs-search-"): (
            a.inputs["metricName"],
            a.inputs["statistic"],
            a.inputs["threshold"],
        )
        for name, a in alarms.items()
    }
    assert rules == {
        "red": ("ClusterStatus.red", "Maximum", 1),
        "yellow": ("ClusterStatus.yellow", "Maximum", 1),
        "storage": ("FreeStorageSpace", "Minimum", 25 * 1024),
        "writes-blocked": ("ClusterIndexWritesBlocked", "Maximum", 1),
        "memory": ("JVMMemoryPressure", "Maximum", 95),
        "cpu": ("CPUUtilization", "Maximum", 80),
        "masters": ("MasterCPUUtilization", "Maximum", 50),
        "nodes": ("Nodes", "Minimum", 5),
        "snapshots": ("AutomatedSnapshotFailure", "Maximum", 1),
        "key": ("KMSKeyInaccessible", "Maximum", 1),
        "late": ("Errors", "Sum", 0),
        "undelivered": ("ApproximateNumberOfMessagesVisible", "Maximum", 0),
        "refused": ("RefusedLines", "Sum", 0),
    }
    red = alarms["logs-search-red"].inputs
    assert red["dimensions"]["DomainName"] == "${logs-domain.domainName}"
    assert red["comparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert (
        alarms["logs-search-storage"].inputs["comparisonOperator"] == "LessThanOrEqualToThreshold"
    )
    assert alarms["logs-search-refused"].inputs["dimensions"] == {"Store": "ml-prod-logs"}


def test_the_alarms_of_a_collection() -> None:
    alarms = collection().all(ALARM)
    assert {
        a.inputs["metricName"] for a in alarms.values() if a.inputs["namespace"] == "AWS/AOSS"
    } == {
        "ActiveCollection",
        "IngestionRequestErrors",
    }


def test_a_domain_costs_its_nodes_masters_and_volumes() -> None:
    (item,) = [i for i in estimate(domain().manifest).items if i.name == "logs-domain"]
    assert item.expected == pytest.approx(730 * 0.128 * 6 + 300 * 0.122)
    assert "3 x dedicated master m6g.large.search" in item.basis


@pytest.mark.parametrize(("standby", "ocus"), [(True, 2), (False, 1)])
def test_a_collection_costs_the_minimum_at_every_hour_and_says_so(standby: bool, ocus: int) -> None:
    found = estimate(plan_of({"serverless": {"standby_replicas": standby}}).manifest)
    (item,) = [i for i in found.items if i.name == "logs-collection"]
    assert item.expected == pytest.approx(730 * 0.24 * ocus + 10 * 0.024)
    assert "with nothing in it" in found.assumptions["search OCUs"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "search.domain"),
    ({"domain": {}, "serverless": {}}, "search.serverless"),
    ({"domain": {}, "retention_days": 0}, "search.retention_days"),
    ({"domain": {}, "readers": ["*"]}, "search.readers[0]"),
    (
        {"domain": {}, "administrators": ["arn:aws:iam::123456789012:root"]},
        "search.administrators[0]",
    ),
    ({"domain": {"instance_type": "m6g.large"}}, "search.domain.instance_type"),
    ({"domain": {"instance_type": "t2.small.search"}}, "search.domain.instance_type"),
    ({"domain": {"instance_type": "i3.large.search"}}, "search.domain.instance_type"),
    ({"domain": {"instance_type": "r6gd.large.search"}}, "search.domain.instance_type"),
    ({"domain": {"instance_type": "im4gn.large.search"}}, "search.domain.instance_type"),
    ({"domain": {"engine_version": "OpenSearch_2.5"}}, "search.domain.engine_version"),
    ({"domain": {"engine_version": "Elasticsearch_7.10"}}, "search.domain.engine_version"),
    ({"domain": {"instance_count": 3}}, "search.domain.instance_count"),
    ({"domain": {"instance_count": 81, "zone_count": 3}}, "search.domain.instance_count"),
    ({"domain": {"zone_count": 4, "instance_count": 4}}, "search.domain.zone_count"),
    ({"domain": {"volume_size_gb": 5}}, "search.domain.volume_size_gb"),
    (
        {"domain": {"instance_type": "t3.small.search", "auto_tune": True}},
        "search.domain.auto_tune",
    ),
    (
        {"domain": {}, "network": {"vpc_id": "vpc-1", "subnet_ids": ["subnet-a"]}},
        "search.domain.zone_count",
    ),
]


@pytest.mark.parametrize(("search", "key"), WRONG, ids=range(len(WRONG)))
def test_each_wrong_value_is_named(search: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidArguments) as error:
        plan_of(search)
    assert key in {problem.key for problem in error.value.problems}


@pytest.mark.parametrize(
    "kind", ["m6g.large", "r7g.xlarge", "c7i.2xlarge", "t3.small", "or1.medium", "m5.large"]
)
def test_instance_types_with_volumes_are_accepted(kind: str) -> None:
    one = {"instance_type": f"{kind}.search", "instance_count": 1, "zone_count": 1}
    assert plan_of({"domain": one}).one(DOMAIN)


def test_a_search_without_lines_is_refused() -> None:
    args: Any = {"search": {"network": NETWORK, "domain": {}}}
    with pytest.raises(InvalidArguments, match="nothing without lines"):
        deploy(lambda: LogStore("logs", args), project="ml", stack="prod")
