"""The function that sets a search up, against a fake OpenSearch."""

import json
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import pytest
from botocore.credentials import Credentials  # type: ignore[import-untyped]
from botocore.exceptions import ConnectionError as Unreached  # type: ignore[import-untyped]
from groundplan.logs.index import client, documents, setup
from groundplan.logs.index.client import Search, SearchError

WANTED = setup.Wanted(
    retention_days=30,
    shards=2,
    replicas=1,
    writer="arn:writer",
    readers=["arn:auditor"],
    administrators=["arn:admin"],
    teams={"vision": ["arn:vision"], "speech": []},
    audit_log=True,
)


@dataclass
class Answer:
    status_code: int
    content: bytes


@dataclass
class FakeOpenSearch:
    """Stores what is PUT, and answers as OpenSearch does."""

    stored: dict[str, Any] = field(default_factory=dict)
    requests: list[tuple[str, str, bytes, Any]] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    """Statuses of the next requests; 0 for a connection that fails."""
    sequence: int = 7

    def send(self, request: Any) -> Answer:
        path = request.url.removeprefix("https://search")
        method, body = request.method, request.body or b""
        self.requests.append((method, path, body, request.headers))
        if self.refused:
            status = self.refused.pop(0)
            if status == 0:
                raise Unreached(error="refused")
            return Answer(status, b"not now")
        plain = path.partition("?")[0]
        if method == "GET":
            return self._get(plain)
        if method == "PUT":
            self.stored[plain] = json.loads(body)
        elif method == "DELETE":
            self.stored.pop(plain, None)
        return Answer(200, b'{"success": true}')

    def _get(self, path: str) -> Answer:
        if path == "/_plugins/_security/api/roles":
            names = [p.rpartition("/")[2] for p in self.stored if "/api/roles/" in p]
            return Answer(200, json.dumps({name: {} for name in names}).encode())
        if path.startswith("/_cat"):
            return Answer(200, b"[]")
        if path not in self.stored:
            return Answer(404, b"{}")
        content = self.stored[path]
        if path == documents.ISM:
            # OpenSearch adds fields of its own.
            policy = {**content["policy"], "policy_id": "groundplan-logs", "schema_version": 21}
            answer = {"_seq_no": self.sequence, "_primary_term": 1, "policy": policy}
            return Answer(200, json.dumps(answer).encode())
        return Answer(200, json.dumps({path.rpartition("/")[2]: content}).encode())

    def sent(self, method: str) -> list[str]:
        return [path for m, path, _, _ in self.requests if m == method]


def search(fake: FakeOpenSearch, service: str = "es") -> tuple[Search, list[float]]:
    """Returns a search, and the seconds that it waited."""
    waited: list[float] = []
    key = Credentials("AKIDEXAMPLE", "secret")
    return (
        Search(
            "https://search", service, "us-east-1", key, fake, lambda: sum(waited), waited.append
        ),
        waited,
    )


def applied(fake: FakeOpenSearch, service: str = "es", wanted: setup.Wanted = WANTED) -> list[str]:
    return setup.apply(search(fake, service)[0], wanted)


def test_a_domain_gets_roles_template_retention_audit_log_and_dashboards() -> None:
    fake = FakeOpenSearch()
    assert applied(fake) == ["roles", "audit log", "index template", "retention", "dashboards"]
    assert {
        "/_index_template/groundplan-logs",
        "/_plugins/_ism/policies/groundplan-logs",
        "/_plugins/_security/api/roles/groundplan-team-vision",
        "/_plugins/_security/api/rolesmapping/groundplan-team-vision",
        "/_plugins/_security/api/tenants/vision",
    } <= fake.stored.keys()
    assert fake.sent("PATCH") == ["/_plugins/_security/api/audit"]


def test_a_second_time_changes_nothing() -> None:
    fake = FakeOpenSearch()
    applied(fake)
    before = json.dumps(fake.stored, sort_keys=True)
    fake.requests.clear()
    applied(fake)
    assert json.dumps(fake.stored, sort_keys=True) == before
    assert not [path for path in fake.sent("PUT") if "_ism" in path]
    assert not [path for path in fake.sent("POST") if "_ism" in path]


def test_another_retention_is_one_of_the_indexes_that_are_there() -> None:
    fake = FakeOpenSearch()
    applied(fake)
    fake.requests.clear()
    applied(fake, wanted=setup.Wanted(60, 2, 1, "arn:writer"))
    assert "/_plugins/_ism/policies/groundplan-logs?if_seq_no=7&if_primary_term=1" in fake.sent(
        "PUT"
    )
    assert "/_plugins/_ism/change_policy/groundplan-logs-*" in fake.sent("POST")
    (state, _) = fake.stored[documents.ISM]["policy"]["states"]
    assert state["transitions"][0]["conditions"] == {"min_index_age": "60d"}


def test_a_team_reads_the_lines_of_its_own_and_no_others() -> None:
    role = documents.roles(["vision"])["groundplan-team-vision"]
    (permission,) = role["index_permissions"]
    assert json.loads(permission["dls"]) == {"term": {"team": "vision"}}
    assert permission["index_patterns"] == ["groundplan-logs-*"]
    assert not {"write", "index", "delete", "*"} & set(permission["allowed_actions"])


def test_only_one_role_writes_and_it_reads_nothing() -> None:
    roles = documents.roles(["vision"])
    writes = [
        name
        for name, role in roles.items()
        for permission in role["index_permissions"]
        if "index" in permission["allowed_actions"]
    ]
    assert writes == ["groundplan-writer"]
    assert "dls" not in roles["groundplan-reader"]["index_permissions"][0]


def test_each_role_has_the_iam_roles_that_it_is_for() -> None:
    fake = FakeOpenSearch()
    applied(fake)
    mapped = {
        path.rpartition("/")[2]: body["backend_roles"]
        for path, body in fake.stored.items()
        if "rolesmapping" in path
    }
    assert mapped == {
        "groundplan-writer": ["arn:writer"],
        "groundplan-reader": ["arn:auditor"],
        "groundplan-administrator": ["arn:admin"],
        "groundplan-team-vision": ["arn:vision"],
        "groundplan-team-speech": [],
        "opensearch_dashboards_user": ["arn:admin", "arn:auditor", "arn:vision"],
    }


def test_the_mapping_of_others_to_dashboards_stays() -> None:
    fake = FakeOpenSearch()
    path = "/_plugins/_security/api/rolesmapping/opensearch_dashboards_user"
    fake.stored[path] = {"backend_roles": ["arn:other"], "users": ["admin"], "hosts": []}
    applied(fake)
    assert "arn:other" in fake.stored[path]["backend_roles"]
    assert fake.stored[path]["users"] == ["admin"]


def test_a_team_that_is_no_more_has_no_access() -> None:
    fake = FakeOpenSearch()
    applied(fake)
    steps = applied(fake, wanted=setup.Wanted(30, 2, 1, "arn:writer", teams={"speech": []}))
    assert "removed groundplan-team-vision" in steps
    assert not [path for path in fake.stored if path.endswith("groundplan-team-vision")]


def test_a_collection_gets_no_roles_and_no_retention_of_opensearch() -> None:
    fake = FakeOpenSearch()
    assert applied(fake, "aoss") == ["index template", "dashboards"]
    template = fake.stored["/_index_template/groundplan-logs"]["template"]
    assert "settings" not in template
    assert template["mappings"]["properties"]["data"] == {"type": "object", "enabled": False}


def test_a_line_of_any_form_adds_no_field() -> None:
    mappings = documents.template(shards=2, replicas=1, serverless=False)["template"]["mappings"]
    assert mappings["dynamic"] is False
    assert mappings["properties"]["data"] == {"type": "flat_object"}
    assert mappings["properties"]["@timestamp"] == {"type": "date"}


def test_a_new_domain_is_waited_for_and_a_refusal_of_what_is_wanted_is_not() -> None:
    fake = FakeOpenSearch(refused=[0, 503, 403])
    found, waited = search(fake)
    setup.apply(found, WANTED)
    assert waited == [1, 2, 4]
    fake = FakeOpenSearch(refused=[403] * 99)
    found, waited = search(fake)
    with pytest.raises(SearchError, match="403"):
        setup.apply(found, WANTED)
    assert sum(waited) <= setup.PATIENCE
    fake = FakeOpenSearch(refused=[200, 400])
    found, waited = search(fake)
    with pytest.raises(SearchError, match="400"):
        found.ask("GET", "/a"), found.ask("PUT", "/b", {})
    assert waited == []


def test_requests_are_signed_for_the_service_with_the_digest_of_their_body() -> None:
    fake = FakeOpenSearch()
    applied(fake, "aoss")
    headers = fake.requests[-1][3]
    assert "/us-east-1/aoss/aws4_request" in headers["Authorization"]
    assert "x-amz-content-sha256" in headers["Authorization"]
    assert headers["osd-xsrf"] == "true"
    assert headers["Content-Type"].startswith("multipart/form-data; boundary=")


def test_dashboards_that_are_not_imported_fail_the_deployment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake = FakeOpenSearch()
    found, _ = search(fake)
    answer = client.Response(200, {"success": False}, "conflict")
    monkeypatch.setattr(Search, "ask", lambda *_, **__: answer)
    with pytest.raises(ValueError, match="dashboards were not imported"):
        setup._import(found)


def test_a_deletion_needs_no_search() -> None:
    assert setup.handle({"tf": {"action": "delete"}}, None) == {"steps": []}


def test_the_event_is_the_search_and_the_wanted_state(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(setup, "connect", lambda *place: seen.append(place))

    def apply(_: object, wanted: setup.Wanted) -> list[str]:
        seen.append(wanted)
        return ["x"]

    monkeypatch.setattr(setup, "apply", apply)
    event = {
        "endpoint": "search",
        "service": "es",
        "wanted": vars(WANTED),
        "digest": "1",
        "tf": {"action": "update", "prev_input": {}},
    }
    assert setup.handle(event, None) == {"steps": ["x"]}
    assert seen == [("search", "es"), WANTED]


# The saved objects of OpenSearch Dashboards.


def objects() -> dict[tuple[str, str], dict[str, Any]]:
    text = resources.files("groundplan.logs.index").joinpath(setup.DASHBOARDS).read_text("utf-8")
    found = [json.loads(line) for line in text.splitlines()]
    return {(one["type"], one["id"]): one for one in found}


def test_every_reference_is_of_an_object_that_is_imported_too() -> None:
    known = objects()
    assert len(known) == 11
    for one in known.values():
        for reference in one["references"]:
            assert (reference["type"], reference["id"]) in known
    panels = json.loads(known["dashboard", "groundplan-logs"]["attributes"]["panelsJSON"])
    names = {r["name"] for r in known["dashboard", "groundplan-logs"]["references"]}
    assert {panel["panelRefName"] for panel in panels} == names


def test_dashboards_show_fields_that_lines_have() -> None:
    fields = {
        *documents.template(shards=1, replicas=0, serverless=False)["template"]["mappings"][
            "properties"
        ]
    }
    for one in objects().values():
        attributes = one["attributes"]
        assert set(attributes.get("columns", ())) <= fields
        for aggregation in json.loads(attributes.get("visState", '{"aggs": []}'))["aggs"]:
            assert aggregation["params"].get("field", "team") in fields
    (pattern,) = [o["attributes"] for (kind, _), o in objects().items() if kind == "index-pattern"]
    assert pattern == {"title": "groundplan-logs-*", "timeFieldName": "@timestamp"}
