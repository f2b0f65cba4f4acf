"""Who is notified of what: severities, the urgent topic, channels of a chat, owners."""

import json
import pathlib
import re
import shutil
import subprocess
from functools import cache
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.arguments import InvalidArguments
from groundplan.manifest.model import Resource
from groundplan.monitoring import alert_text, prometheus
from groundplan.monitoring.monitoring_stack import MonitoringStack
from groundplan.testing import Plan, deploy

RUNBOOKS = pathlib.Path(__file__).parents[2] / "docs" / "runbooks"
AMTOOL = shutil.which("amtool")
TOPIC = "aws:sns/topic:Topic"
PAGER: Any = {
    "protocol": "https",
    "endpoint": "https://events.pagerduty.com/integration/key/enqueue",
    "urgent_only": True,
}
MAIL: Any = {"protocol": "email", "endpoint": "ml@example.com"}
SLACK: Any = {"slack_workspace_id": "T07EA123LEP", "channel_id": "C07EZ1ABC23"}
TEAMS: Any = {
    "teams_tenant_id": "1b9b4a1e-0000-4000-8000-000000000001",
    "teams_team_id": "1b9b4a1e-0000-4000-8000-000000000002",
    "channel_id": "19:abc@thread.tacv2",
}
WATCHED: Any = {
    "endpoints": {
        "answers": {
            "endpoint_name": "a",
            "instance_type": "ml.g5.xlarge",
            "min_invocations_per_hour": 1,
        }
    },
    "objectives": {"answers": {"availability_percent": 99.9}},
    "network": {"nat_gateway_ids": ["nat-0a"]},
    "cluster": {"cluster_name": "training"},
}


def watch(**args: Any) -> Plan:
    untyped: Any = args

    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        MonitoringStack("watch", untyped, pulumi.ResourceOptions(providers=[provider]))

    return deploy(program)


@cache
def full() -> Plan:
    return watch(
        subscribers={"pager": PAGER, "mail": MAIL},
        chat={"ops": SLACK, "data": TEAMS},
        owner="ml-platform",
        **WATCHED,
    )


def notifying(plan: Plan) -> list[Resource]:
    kinds = ("metricAlarm:MetricAlarm", "compositeAlarm:CompositeAlarm")
    found = [alarm for kind in kinds for alarm in plan.all(f"aws:cloudwatch/{kind}").values()]
    return [alarm for alarm in found if "alarmActions" in alarm.inputs]


def severity(alarm: Resource) -> str:
    (found,) = re.findall(r" Severity: (\w+)\. ", alarm.inputs["alarmDescription"])
    return str(found)


def test_every_alarm_has_severity_owner_and_runbook() -> None:
    for alarm in notifying(full()):
        assert re.search(
            r" Severity: (critical|warning)\. Owner: ml-platform\. Runbook: docs/runbooks/[a-z-]+\.md$",  # noqa: E501
            alarm.inputs["alarmDescription"],
        ), alarm.name


def test_an_alarm_is_critical_where_its_runbook_is_urgent_without_a_condition() -> None:
    for alarm in notifying(full()):
        text = (RUNBOOKS / alarm.inputs["alarmDescription"].rsplit("/", 1)[-1]).read_text()
        (urgent,) = re.findall(r"^\*\*Urgent:\*\* (.*)$", text, re.MULTILINE)
        named = "burns-fast" if alarm.name.endswith("burns-fast") else "Yes:"
        is_urgent = urgent.startswith(named) if named == "Yes:" else f"`{named}` yes" in urgent
        assert (severity(alarm) == "critical") is is_urgent, alarm.name


def test_symptoms_are_critical_and_most_causes_are_not() -> None:
    critical = {
        a.name.removeprefix("watch-") for a in notifying(full()) if severity(a) == "critical"
    }
    assert critical == {
        "endpoint-answers-errors",
        "endpoint-answers-memory",
        "endpoint-answers-availability-burns-fast",
        "nat-0-ports",
    }


def test_the_pager_gets_only_what_is_critical() -> None:
    plan = full()
    urgent, every = plan.one(TOPIC, "watch-urgent-topic"), plan.one(TOPIC, "watch-topic")
    assert urgent.inputs == every.inputs  # encrypted with the same key
    subscription = plan.one("aws:sns/topicSubscription:TopicSubscription", "watch-subscriber-pager")
    assert subscription.property_dependencies["topic"] == (urgent.urn,)
    mail = plan.one("aws:sns/topicSubscription:TopicSubscription", "watch-subscriber-mail")
    assert mail.property_dependencies["topic"] == (every.urn,)
    for alarm in notifying(plan):
        expected = {every.urn, urgent.urn} if severity(alarm) == "critical" else {every.urn}
        for actions in ("alarmActions", "okActions"):
            assert set(alarm.property_dependencies[actions]) == expected, alarm.name


def test_the_pager_gets_endpoints_that_fail_and_no_rollbacks() -> None:
    plan = full()
    urgent, every = plan.one(TOPIC, "watch-urgent-topic"), plan.one(TOPIC, "watch-topic")
    rules = plan.all("aws:cloudwatch/eventRule:EventRule")
    states = {
        name: set(json.loads(rule.inputs["eventPattern"])["detail"]["EndpointStatus"])
        for name, rule in rules.items()
    }
    assert states == {
        "watch-endpoint-events": {"FAILED", "UPDATE_ROLLBACK_FAILED", "OUT_OF_SERVICE"},
        "watch-rollback-events": {"ROLLING_BACK"},
    }
    targets = {
        name: (
            target.property_dependencies["arn"],
            re.findall(r"Severity: \w+", target.inputs["inputTransformer"]["inputTemplate"]),
        )
        for name, target in plan.all("aws:cloudwatch/eventTarget:EventTarget").items()
    }
    assert targets == {
        "watch-endpoint-events-target": ((every.urn,), ["Severity: critical"]),
        "watch-endpoint-events-urgent-target": ((urgent.urn,), ["Severity: critical"]),
        "watch-rollback-events-target": ((every.urn,), ["Severity: warning"]),
    }


def test_without_a_pager_there_is_one_topic() -> None:
    plan = watch(subscribers={"mail": MAIL}, **WATCHED)
    assert set(plan.all(TOPIC)) == {"watch-topic"}
    assert len(plan.all("aws:cloudwatch/eventTarget:EventTarget")) == 2


def test_channels_get_the_topic_and_may_do_nothing() -> None:
    plan = full()
    slack = plan.one(
        "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration", "watch-chat-ops"
    )
    assert slack.inputs == {
        "configurationName": "project-test-watch-chat-ops",
        "iamRoleArn": "${watch-chat-role.arn}",
        "guardrailPolicyArns": ["arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"],
        "slackTeamId": "T07EA123LEP",
        "slackChannelId": "C07EZ1ABC23",
        "snsTopicArns": ["${watch-topic.arn}"],
        "tags": {"groundplan:component": "watch"},
    }
    teams = plan.one(
        "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration", "watch-chat-data"
    )
    assert teams.inputs["tenantId"] == TEAMS["teams_tenant_id"]
    assert teams.inputs["guardrailPolicyArns"] == slack.inputs["guardrailPolicyArns"]
    role = plan.one("aws:iam/role:Role", "watch-chat-role")
    (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "chatbot.amazonaws.com"}
    assert statement["Condition"]["StringEquals"].keys() == {"aws:SourceAccount"}
    of_role = [p for p in plan.all("aws:iam/rolePolicy:RolePolicy") if "chat" in p]
    assert of_role == []


def test_alerts_of_the_cluster_have_the_owner() -> None:
    values = full().one("kubernetes:helm.sh/v3:Release", "watch-prometheus").inputs["values"]
    assert values["prometheus"]["prometheusSpec"]["externalLabels"] == {"owner": "ml-platform"}


def test_alertmanager_may_publish_to_both_topics() -> None:
    policy = full().one("aws:iam/rolePolicy:RolePolicy", "watch-alertmanager-policy")
    (publish,) = [
        s for s in json.loads(policy.inputs["policy"])["Statement"] if s["Action"] == "sns:Publish"
    ]
    assert publish["Resource"] == ["${watch-topic.arn}", "${watch-urgent-topic.arn}"]


@pytest.mark.parametrize(
    ("channel", "keys"),
    [
        ({"channel_id": "C1"}, ["chat.ops"]),
        ({**SLACK, **TEAMS}, ["chat.ops"]),
        ({**SLACK, "slack_workspace_id": "my workspace"}, ["chat.ops.slack_workspace_id"]),
        ({**SLACK, "channel_id": "#ops"}, ["chat.ops.channel_id"]),
        (
            {"teams_tenant_id": "acme", "channel_id": "#ops"},
            ["chat.ops.teams_tenant_id", "chat.ops.teams_team_id", "chat.ops.channel_id"],
        ),
    ],
)
def test_a_channel_that_cannot_be_is_refused(channel: Any, keys: list[str]) -> None:
    with pytest.raises(InvalidArguments) as caught:
        watch(chat={"ops": channel})
    assert [problem.key for problem in caught.value.problems] == keys


@pytest.mark.parametrize("owner", ["", " a", "a ", "a\nb", "<a>", "{{ a }}", "x" * 101])
def test_an_owner_that_cannot_be_shown_is_refused(owner: str) -> None:
    with pytest.raises(InvalidArguments, match="owner"):
        watch(owner=owner)


ROUTES = {
    "critical": ({"alertname": "NodeNotRepaired", "severity": "critical"}, "urgent,sns"),
    "warning": ({"alertname": "NodeBroken", "severity": "warning"}, "sns"),
    "no severity": ({"alertname": "Own"}, "sns"),
    "watchdog": ({"alertname": "Watchdog", "severity": "none"}, "null"),
}


@pytest.mark.skipif(
    AMTOOL is None, reason="amtool is not on the PATH: Alertmanager's routes are not checked"
)
@pytest.mark.parametrize("what", ROUTES)
def test_alertmanager_routes_by_severity(what: str, tmp_path: pathlib.Path) -> None:
    labels, receivers = ROUTES[what]
    arn = "arn:aws:sns:us-east-1:123456789012"
    config: Any = prometheus.routing(f"{arn}:all", "us-east-1", "", f"{arn}:urgent")
    file = tmp_path / "alertmanager.yaml"
    file.write_text(json.dumps(config))
    labelled = [f"{key}={value}" for key, value in labels.items()]
    command = [str(AMTOOL), "config", "routes", "test", f"--config.file={file}"]
    done = subprocess.run(
        [*command, f"--verify.receivers={receivers}", *labelled],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def alert(**labels: str) -> dict[str, Any]:
    """What Alertmanager fills the templates of a notification with."""
    return {
        "status": "resolved",
        "groupLabels": {"alertname": labels["alertname"]},
        "commonLabels": labels,
    }


@pytest.mark.skipif(
    AMTOOL is None, reason="amtool is not on the PATH: notifications are not rendered"
)
@pytest.mark.parametrize(
    ("labels", "subject"),
    [
        ({"alertname": "Down", "severity": "critical"}, "[RESOLVED] Down (critical)"),
        ({"alertname": "Own"}, "[RESOLVED] Own"),
        (
            {"alertname": "x" * 300, "severity": "y" * 300, "prometheus": "z" * 300},
            f"[RESOLVED] {'x' * 60} ({'y' * 20})",
        ),
        ({"alertname": "Größe\nüber", "severity": "é"}, "[RESOLVED] Gr??e??ber (?)"),
    ],
)
def test_sns_accepts_the_subject_of_any_alert(
    labels: dict[str, str], subject: str, tmp_path: pathlib.Path
) -> None:
    file = tmp_path / "data.json"
    file.write_text(json.dumps(alert(**labels)))
    command = [str(AMTOOL), "template", "render", f"--template.text={alert_text.SUBJECT}"]
    command += ["--template.glob=/none*", f"--template.data={file}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, subject), done.stderr
    assert len(subject) < 100


def test_every_receiver_in_the_cluster_sets_the_subject() -> None:
    arn = "arn:aws:sns:us-east-1:123456789012"
    config: Any = prometheus.routing(f"{arn}:all", "us-east-1", "", f"{arn}:urgent")
    sns = [one for receiver in config["receivers"] for one in receiver.get("sns_configs", ())]
    assert [one["subject"] for one in sns] == [alert_text.SUBJECT] * 2
