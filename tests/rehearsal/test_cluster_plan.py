"""What a service's life derives from its plan, and the stand-ins of Kubernetes and SNS
that it meets. None of it needs Prometheus or Alertmanager."""

import json
import pathlib
import urllib.error
from typing import Any

import pytest
from groundplan.manifest.model import Manifest
from groundplan.model_monitoring.analysis.kubernetes_api import Cluster
from groundplan.policy.check import check

from rehearsal.account.names import Names
from rehearsal.cluster import alerting, field, scraping
from rehearsal.cluster.objects import ApiServer, Objects
from rehearsal.cluster.stack import manifest
from rehearsal.cluster.subscribers import MOST, Topics
from rehearsal.cluster.world import serving
from rehearsal.expectations import Unexpected

OFFERS = "/apis/apps/v1/namespaces/offers/deployments/offers"


@pytest.fixture(scope="module", name="plan")
def planned() -> Manifest:
    return manifest()


@pytest.fixture(scope="module", name="names")
def named(plan: Manifest) -> Names:
    return Names(plan)


def test_the_stack_of_the_service_complies_with_every_rule(plan: Manifest) -> None:
    assert [(found.rule, found.urn) for found in check(plan)] == []


def test_prometheus_scrapes_what_the_pod_monitor_selects(plan: Manifest, names: Names) -> None:
    places = scraping.Places("http://pods", "state:1", "alerts:1")
    config = scraping.configuration(plan, names, places)
    pods, state = config["scrape_configs"]
    assert (pods["metrics_path"], pods["scrape_interval"]) == ("/metrics", "15s")
    kept = {r["source_labels"][0]: r["regex"] for r in pods["relabel_configs"] if "action" in r}
    assert kept == {
        "__meta_kubernetes_namespace": "offers",
        "__meta_kubernetes_pod_container_port_number": "8080",
        "__meta_kubernetes_pod_label_app_kubernetes_io_name": "(offers);true",
    }
    labels = {r["target_label"] for r in pods["relabel_configs"] if "target_label" in r}
    assert {"namespace", "app_kubernetes_io_name", "app_kubernetes_io_component"} <= labels
    assert state["honor_labels"] is True
    assert config["global"]["external_labels"]["owner"] == "ml-platform"


def test_all_rules_of_the_plan_are_read(plan: Manifest, names: Names) -> None:
    groups = [group for found in scraping.rules(plan, names).values() for group in found]
    alerts = {rule["alert"] for group in groups for rule in group["rules"]}
    assert {"EndpointErrors", "RetrainingNotCarried", "NodeBroken", "Watchdog"} <= alerts
    series = {selector.partition("{")[0] for selector in scraping.selectors(plan, names)}
    assert {"http_requests_total", "kube_deployment_spec_replicas"} <= series


def test_alertmanager_gets_the_routes_of_the_plan(plan: Manifest, names: Names) -> None:
    config = alerting.configuration(plan, names, "http://sns")
    assert config["route"]["group_by"] == ["namespace", "alertname"]
    assert config["route"]["group_wait"] == "30s"
    sns = [one for r in config["receivers"] for one in r.get("sns_configs", ())]
    assert {one["api_url"] for one in sns} == {"http://sns"}
    assert all(one["topic_arn"].startswith("arn:aws:sns:eu-west-1:") for one in sns)


def test_a_receiver_that_is_not_rehearsed_is_an_error(plan: Manifest, names: Names) -> None:
    other = Manifest.from_data(json.loads(plan.to_json()))
    config = alerting.values(other)["alertmanager"]["config"]
    config["receivers"].append({"name": "pager", "pagerduty_configs": [{}]})
    with pytest.raises(Unexpected, match="pagerduty_configs"):
        alerting.configuration(other, names, "http://sns")


def test_the_driver_asks_the_service_that_the_chart_creates() -> None:
    with pytest.raises(Unexpected, match="other:9090"):
        field.Prometheus("http://here").fetch("http://other:9090/api/v1/rules")


@pytest.fixture(name="api")
def api_server(plan: Manifest, names: Names) -> ApiServer:
    return ApiServer(plan, names, Objects.of(plan, names))


def test_the_api_server_allows_what_the_plan_binds(api: ApiServer, tmp_path: pathlib.Path) -> None:
    driver = api.token("offers-retraining", "offers-retraining", tmp_path)
    other = api.token("offers", "offers", tmp_path)
    with serving(api.server()) as url:
        found = Cluster(url, driver).get(OFFERS)
        assert found is not None
        version = {"resourceVersion": found["metadata"]["resourceVersion"]}
        changes: dict[str, Any] = {"metadata": version, "spec": {"replicas": 4}}
        changed = Cluster(url, driver).patch(OFFERS, changes)
        assert (changed["spec"]["replicas"], changed["metadata"]["generation"]) == (4, 2)
        for account, changed_path, code in (
            (driver, OFFERS, 409),  # by the version that was read before
            (other, OFFERS, 403),
            (driver, OFFERS.replace("deployments/offers", "deployments/other"), 403),
        ):
            with pytest.raises(urllib.error.HTTPError) as raised:
                Cluster(url, account).patch(changed_path, changes)
            raised.value.close()
            assert raised.value.code == code
    with pytest.raises(LookupError, match="no service account"):
        api.token("offers", "other", tmp_path)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 200),
        ({"Subject": "x" * MOST}, 400),
        ({"Subject": "größer"}, 400),
        ({"Subject": "a\nb"}, 400),
        ({"Message": ""}, 400),
        ({"TopicArn": "arn:other"}, 400),
        ({"Action": "Subscribe"}, 400),
    ],
)
def test_sns_refuses_what_sns_refuses(changes: dict[str, str], status: int) -> None:
    topics = Topics({"arn:topic": ["email"]}, lambda _topic: None)
    form = {"Action": "Publish", "TopicArn": "arn:topic", "Subject": "Down", "Message": "text"}
    answered, _ = topics.answered({**form, **changes})
    assert answered.value == status
    assert len(topics.received("email", "Down")) == (status == 200)
    assert len(topics.refused) == (status != 200)
