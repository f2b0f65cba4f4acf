"""Each route of the API, against moto."""

import json
from typing import Any

import pytest
from api_world import APPROVER, MACHINE, TRAINER, World, event, signed
from groundplan.api.handlers.table import HANDLERS
from groundplan.api.routes import ROUTES
from groundplan.release.engine import candidates
from groundplan.retraining.engine.beginning import Beginning
from groundplan.retraining.engine.pipeline import Pipeline
from groundplan.retraining.engine.sagemaker.services import connect
from retraining_world import BUCKET, CONFIG, DRIFT, ENDPOINT, SETTINGS, dataset

CHURN = "/v1/endpoints/churn"
APPROVAL = {"decision": "approve", "reason": "AUC 0.92, champion 0.90"}


def registered(account: World) -> int:
    status, found = account.caller().post(f"{CHURN}/versions", account.registration())
    assert (status, found["created"]) == (201, True)
    return int(found["version"])


def approved(account: World) -> int:
    version = registered(account)
    status, found = account.caller(APPROVER).post(f"{CHURN}/versions/{version}/decision", APPROVAL)
    assert (status, found.get("approval")) == (200, "Approved"), found
    return version


def released(account: World) -> str:
    body = {"version": approved(account), "reason": "better"}
    status, found = account.caller(APPROVER).post(f"{CHURN}/releases", body)
    assert (status, found["outcome"]) == (202, "in-progress"), found
    account.settle()
    return str(found["release"]["release"])


def test_each_route_has_a_handler() -> None:
    assert {route.id for route in ROUTES} == set(HANDLERS)


def test_endpoints_are_listed_with_what_the_api_does_with_them(account: World) -> None:
    assert account.caller().get("/v1/endpoints") == (
        200,
        {"items": [{"name": "churn", "releases": True, "trainings": True}]},
    )


def test_the_state_of_an_endpoint_is_what_serves_and_what_its_retraining_does(
    account: World,
) -> None:
    status, found = account.caller().get(CHURN)
    assert status == 200
    assert (found["release"]["version"], found["release"]["config"]) == (1, CONFIG)
    assert (found["release"]["under_way"], found["training"]["open"]) == (None, None)


def test_who_registers_a_version_is_the_caller(account: World) -> None:
    version = registered(account)
    status, found = account.caller().get(f"{CHURN}/versions/{version}")
    assert (status, found["registered_by"], found["approval"]) == (
        200,
        TRAINER,
        "PendingManualApproval",
    )
    _, listed = account.caller().get(f"{CHURN}/versions?limit=1")
    assert [each["version"] for each in listed["items"]] == [version]


def test_who_approves_a_version_is_the_caller_and_never_a_member_of_the_body(
    account: World,
) -> None:
    version = registered(account)
    path = f"{CHURN}/versions/{version}/decision"
    status, refusal = account.caller(TRAINER).post(path, APPROVAL)
    assert (status, refusal["type"]) == (409, "urn:groundplan:problem:refused")
    assert "registered" in refusal["detail"]

    status, found = account.caller(TRAINER).post(path, {**APPROVAL, "approved_by": APPROVER})
    assert (status, found["errors"][0]["at"]) == (422, "body.approved_by")

    status, found = account.caller(APPROVER).post(path, APPROVAL)
    assert (status, found["approved_by"]) == (200, APPROVER)


def test_a_rejected_version_is_not_released(account: World) -> None:
    version = registered(account)
    body = {"decision": "reject", "reason": "biased on segment B"}
    status, found = account.caller(APPROVER).post(f"{CHURN}/versions/{version}/decision", body)
    assert (status, found["approval"]) == (200, "Rejected")
    status, refusal = account.caller().post(
        f"{CHURN}/releases", {"version": version, "reason": "x"}
    )
    assert (status, "is Rejected" in refusal["detail"]) == (409, True)


def test_a_release_is_begun_in_the_name_of_the_caller_and_ends_without_it(account: World) -> None:
    name = released(account)
    status, found = account.caller().get(f"{CHURN}/releases/{name}")
    assert (status, found["outcome"], found["started_by"]) == (200, "in-progress", APPROVER)

    assert account.resume().outcome == "succeeded"
    _, ended = account.caller().get(f"{CHURN}/releases/{name}")
    assert (ended["outcome"], ended["version"]) == ("succeeded", 2)
    _, listed = account.caller().get(f"{CHURN}/releases")
    assert [each["release"] for each in listed["items"]] == [name]


def test_a_run_is_asked_for_once_and_its_execution_begins(account: World) -> None:
    status, found = account.caller().post(f"{CHURN}/trainings", {"reason": "a new season"})
    assert status == 202
    executions = account.cloud.client("stepfunctions").list_executions(stateMachineArn=MACHINE)
    (execution,) = executions["executions"]
    assert execution["executionArn"] == found["execution"]
    sent = account.cloud.client("stepfunctions").describe_execution(
        executionArn=execution["executionArn"]
    )["input"]
    assert json.loads(sent) == {
        "kind": "api",
        "id": found["id"],
        "reason": "a new season",
        "by": TRAINER,
        "again": False,
    }
    _, state = account.caller().get(CHURN)
    assert state["training"]["waiting"] == [f"api-{found['id']}"]


def test_runs_are_listed_and_shown_with_their_steps(account: World) -> None:
    context = Pipeline(SETTINGS, connect(SETTINGS, account.session)).context
    run = Beginning(context).decide(DRIFT, "").run
    _, listed = account.caller().get(f"{CHURN}/trainings")
    assert [each["run"] for each in listed["items"]] == [run]
    status, found = account.caller().get(f"{CHURN}/trainings/{run}")
    assert (status, [each["step"] for each in found["events"]]) == (200, ["begun"])


def test_runs_beyond_the_limit_are_not_read(account: World) -> None:
    context = Pipeline(SETTINGS, connect(SETTINGS, account.session)).context
    run, journal = Beginning(context).decide(DRIFT, "").run, context.journal
    begun = journal.read(f"runs/{run}/begun.json")
    assert begun is not None
    for number in range(4):
        journal.put(f"runs/{number}/begun.json", begun.data)
    for path, reads in ((f"{CHURN}/trainings?limit=2", 2), (CHURN, 1)):
        account.cloud.requests.clear()
        status, _ = account.caller().get(path)
        keys = [more["Key"] for name, more in account.cloud.requests if name == "GetObject"]
        assert (status, len([key for key in keys if key.endswith("/begun.json")])) == (200, reads)


def test_lists_go_on_page_by_page(account: World) -> None:
    first = released(account)
    account.resume()
    status, begun = account.caller(APPROVER).post(f"{CHURN}/rollbacks", {"reason": "prices"})
    assert status == 202
    account.settle()
    account.resume()
    journal = Pipeline(SETTINGS, connect(SETTINGS, account.session)).context.journal
    run = (
        Beginning(Pipeline(SETTINGS, connect(SETTINGS, account.session)).context)
        .decide(DRIFT, "")
        .run
    )
    known = journal.read(f"runs/{run}/begun.json")
    assert known is not None
    journal.put("runs/1/begun.json", known.data)
    expected: dict[str, tuple[str, str, list[Any] | None]] = {
        f"{CHURN}/releases": ("release", "before", [begun["release"]["release"], first]),
        f"{CHURN}/versions": ("version", "below", [2, 1]),
        f"{CHURN}/trainings": ("run", "before", None),
        "/v1/datasets/churn/versions": ("digest", "before", None),
    }
    for path, (name, parameter, names) in expected.items():
        _, all_of_them = account.caller().get(path)
        pages: list[Any] = []
        more = ""
        while True:
            status, found = account.caller().get(f"{path}?limit=1{more}")
            assert (status, len(found["items"]) <= 1) == (200, True)
            if not found["items"]:
                break
            pages += found["items"]
            more = f"&{parameter}={found['items'][0][name]}"
        assert pages == all_of_them["items"]
        assert len(pages) >= 2
        assert names is None or [each[name] for each in pages] == names


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{CHURN}/releases?before=other", 404),
        (f"{CHURN}/trainings?before=other", 404),
        (f"/v1/datasets/churn/versions?before={'0' * 64}", 404),
        (f"{CHURN}/versions?below=1_0", 422),
        (f"{CHURN}/releases?before=../x", 422),
    ],
)
def test_a_page_begins_at_what_there_is(account: World, path: str, status: int) -> None:
    found, problem = account.caller().get(path)
    assert (found, bool(problem["detail"])) == (status, True)


def test_dataset_versions_are_shown_with_their_tags(account: World) -> None:
    assert account.caller().get("/v1/datasets") == (200, {"items": ["churn"]})
    digest = dataset(2)[2]
    status, found = account.caller().get("/v1/datasets/churn/versions")
    tagged = [each["digest"] for each in found["items"] if each["tags"] == ["latest"]]
    assert (status, tagged, len(found["items"])) == (200, [f"sha256:{digest}"], 3)
    for name in (digest, f"sha256:{digest}"):
        status, found = account.caller().get(f"/v1/datasets/churn/versions/{name}")
        assert (status, found["objects"], found["tags"]) == (200, 2, ["latest"])


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/v1/endpoints/other", 404, "not-found"),
        ("/v1/endpoints/other/versions", 404, "not-found"),
        ("/v1/endpoints/other/trainings", 404, "not-found"),
        (f"{CHURN}/versions/99", 404, "not-found"),
        (f"{CHURN}/versions/zero", 422, "invalid"),
        (f"{CHURN}/versions?limit=101", 422, "invalid"),
        (f"{CHURN}/releases/none", 404, "not-found"),
        (f"{CHURN}/trainings/none", 404, "not-found"),
        ("/v1/datasets/other/versions", 404, "not-found"),
        (f"/v1/datasets/churn/versions/{'0' * 64}", 404, "not-found"),
        ("/v1/datasets/churn/versions/latest", 422, "invalid"),
        ("/v1", 404, "not-found"),
        (f"{CHURN}/rollbacks", 405, "method-not-allowed"),
    ],
)
def test_errors_are_problems(account: World, path: str, status: int, kind: str) -> None:
    answer = account.api().answer(event("GET", path, authorizer=signed(TRAINER)))
    problem = json.loads(answer["body"])
    assert (answer["statusCode"], problem["status"]) == (status, status), problem
    assert problem["type"] == f"urn:groundplan:problem:{kind}"
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert (bool(problem["detail"]), problem["instance"]) == (True, "r-1")
    assert ("Allow" in answer["headers"]) == (status == 405)


@pytest.mark.parametrize(
    ("more", "status", "kind"),
    [
        ({"text": "{"}, 400, "malformed"),
        ({"text": "/w==", "is_base64": True}, 400, "malformed"),
        ({"text": "a", "is_base64": True}, 400, "malformed"),
        ({"body": {"reason": " "}}, 422, "invalid"),
        ({"body": {"reason": "x", "version": "7"}}, 422, "invalid"),
        ({"body": []}, 422, "invalid"),
        ({}, 415, "unsupported-content"),
        (
            {"text": "a=b", "headers": {"content-type": "application/x-www-form-urlencoded"}},
            415,
            "unsupported-content",
        ),
    ],
)
def test_bodies_that_are_not_what_the_document_says_are_problems(
    account: World, more: dict[str, Any], status: int, kind: str
) -> None:
    headers = {"Idempotency-Key": "1", **more.pop("headers", {})}
    sent = event("POST", f"{CHURN}/releases", authorizer=signed(TRAINER), headers=headers, **more)
    answer = account.api().answer(sent)
    problem = json.loads(answer["body"])
    assert (answer["statusCode"], problem["type"]) == (status, f"urn:groundplan:problem:{kind}")
    assert account.cloud.writes() == []


def test_a_write_without_a_key_is_refused(account: World) -> None:
    sent = event("POST", f"{CHURN}/rollbacks", {"reason": "x"}, authorizer=signed(TRAINER))
    answer = account.api().answer(sent)
    problem = json.loads(answer["body"])
    assert (answer["statusCode"], problem["errors"][0]["at"]) == (422, "header.idempotency-key")


@pytest.mark.parametrize(
    ("operation", "error", "status"),
    [
        ("DescribeEndpoint", "ThrottlingException", 503),
        ("DescribeEndpoint", "ReadTimeout", 503),
        ("DescribeEndpoint", "AccessDeniedException", 500),
        ("ListObjectsV2", "SlowDown", 503),
    ],
)
def test_errors_of_aws_are_problems(
    account: World, operation: str, error: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    account.cloud.fail(operation, error)
    answer = account.api().answer(event("GET", CHURN, authorizer=signed(TRAINER)))
    assert answer["statusCode"] == status, answer
    assert ("Retry-After" in answer["headers"]) == (status == 503)
    assert "problem un" in caplog.text


def test_a_lost_answer_of_a_release_is_a_problem_and_the_same_request_continues_it(
    account: World,
) -> None:
    body = {"version": approved(account), "reason": "better"}
    account.cloud.fail("CreateEndpointConfig", "ReadTimeout", after=True)
    caller = account.caller(APPROVER)
    status, problem = caller.post(f"{CHURN}/releases", body, "k")
    assert (status, problem["type"]) == (503, "urn:groundplan:problem:unfinished")
    status, found = caller.post(f"{CHURN}/releases", body, "k")
    assert (status, found["outcome"]) == (202, "in-progress")
    assert account.cloud.calls.count("UpdateEndpoint") == 1
    assert account.cloud.endpoint(ENDPOINT).endpoint_status == "Updating"


@pytest.mark.parametrize("member", ["record_uri", "model", "manifest_uri", "evaluation_uri"])
@pytest.mark.parametrize("uri", ["s3://another-bucket/a.json", "s3://artifacts/none.json"])
def test_files_that_the_api_does_not_reach_are_the_callers_mistake(
    account: World, member: str, uri: str
) -> None:
    body = {**account.registration(), member: uri}
    status, problem = account.caller().post(f"{CHURN}/versions", body)
    assert (status, problem["type"]) == (409, "urn:groundplan:problem:refused"), problem


@pytest.mark.parametrize("member", ["record_uri", "manifest_uri", "evaluation_uri"])
def test_a_file_that_fills_the_memory_is_the_callers_mistake(
    account: World, member: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "MAX_BYTES", 100_000)
    s3 = account.cloud.client("s3")
    s3.put_object(Bucket=BUCKET, Key="models/large", Body=b"x" * 100_001)
    body = {**account.registration(), member: f"s3://{BUCKET}/models/large"}
    status, problem = account.caller().post(f"{CHURN}/versions", body)
    assert (status, "has 100001 bytes" in problem["detail"]) == (409, True), problem
