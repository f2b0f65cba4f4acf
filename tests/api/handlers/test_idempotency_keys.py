"""Requests that are repeated are carried out once."""

from collections.abc import Callable

import pytest
from api_world import APPROVER, TRAINER, World, event, signed
from groundplan.api.handlers.once import REPLAYED
from retraining_world import BUCKET, ENDPOINT

CHURN = "/v1/endpoints/churn"


def serving(account: World) -> str:
    return str(account.cloud.endpoint(ENDPOINT).endpoint_config_name)


def release(account: World, number: int) -> str:
    """Releases a version to its end; returns what serves then."""
    _, found = account.caller().post(
        f"{CHURN}/versions", account.registration(number, live=number - 1)
    )
    approver = account.caller(APPROVER)
    version = found["version"]
    decision = {"decision": "approve", "reason": "better"}
    approver.post(f"{CHURN}/versions/{version}/decision", decision)
    _, begun = approver.post(f"{CHURN}/releases", {"version": version, "reason": "better"})
    assert begun["outcome"] == "in-progress", begun
    account.settle()
    assert account.resume().outcome == "succeeded"
    return serving(account)


def test_the_same_key_again_has_the_same_answer_and_writes_nothing(account: World) -> None:
    caller = account.caller()
    first = caller.post(f"{CHURN}/versions", account.registration(), "k")
    before = account.cloud.writes()
    assert caller.post(f"{CHURN}/versions", account.registration(), "k") == first
    writes = [name for name in account.cloud.writes()[len(before) :] if name != "PutObject"]
    assert writes == []
    # A process of its own, as another instance of the function is.
    assert account.caller().post(f"{CHURN}/versions", account.registration(), "k") == first


def test_a_decision_is_answered_again_whatever_became_of_its_version(account: World) -> None:
    body = {"decision": "reject", "reason": "leaks"}
    first = account.caller().post(f"{CHURN}/versions/1/decision", body, "k")
    account.cloud.calls.clear()
    assert account.caller().post(f"{CHURN}/versions/1/decision", body, "k") == first
    assert not [name for name in account.cloud.calls if "ModelPackage" in name]


def test_a_stored_answer_that_cannot_be_read_is_no_mistake_of_the_caller(account: World) -> None:
    body, s3 = {"reason": "a new season"}, account.cloud.client("s3")
    _, found = account.caller().post(f"{CHURN}/trainings", body, "k")
    (key,) = (
        more["Key"]
        for name, more in account.cloud.requests
        if name == "PutObject" and more["Key"].endswith("/answer.json")
    )
    s3.put_object(Bucket=BUCKET, Key=key, Body=b'{"status": 202, "body": {"execution": ""}}')
    status, problem = account.caller().post(f"{CHURN}/trainings", body, "k")
    assert (status, problem["type"]) == (500, "urn:groundplan:problem:unexpected"), found
    assert "errors" not in problem


def test_a_replayed_answer_says_so(account: World) -> None:
    def post() -> str | None:
        sent = event(
            "POST",
            f"{CHURN}/trainings",
            {"reason": "a new season"},
            authorizer=signed(TRAINER),
            headers={"Idempotency-Key": "k"},
        )
        headers = account.api().answer(sent)["headers"]
        return str(headers[REPLAYED]) if REPLAYED in headers else None

    assert (post(), post()) == (None, "true")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{CHURN}/trainings", {"reason": "another season"}),
        (f"{CHURN}/trainings", {"reason": "a new season", "again": True}),
    ],
)
def test_a_key_is_not_used_for_another_request(
    account: World, path: str, body: dict[str, object]
) -> None:
    caller = account.caller()
    caller.post(f"{CHURN}/trainings", {"reason": "a new season"}, "k")
    status, problem = caller.post(path, body, "k")
    assert (status, problem["type"]) == (422, "urn:groundplan:problem:idempotency-key-reused")


def test_a_key_is_not_used_for_another_operation_of_the_endpoint(account: World) -> None:
    caller = account.caller()
    caller.post(f"{CHURN}/releases", {"reason": "x", "version": 1}, "k")
    status, problem = caller.post(f"{CHURN}/rollbacks", {"reason": "x", "version": 1}, "k")
    assert (status, problem["type"]) == (422, "urn:groundplan:problem:idempotency-key-reused")


def test_keys_of_two_callers_are_two_requests(account: World) -> None:
    body = {"reason": "a new season"}
    _, one = account.caller(TRAINER).post(f"{CHURN}/trainings", body, "k")
    _, two = account.caller(APPROVER).post(f"{CHURN}/trainings", body, "k")
    assert one["id"] != two["id"]


def test_a_client_of_another_random_session_repeats_its_request(account: World) -> None:
    body, role = {"reason": "a new season"}, "arn:aws:sts::123456789012:assumed-role/ci"
    first = account.caller(f"{role}/botocore-session-1764360000")
    second = account.caller(f"{role}/botocore-session-1764360099")
    assert first.post(f"{CHURN}/trainings", body, "k") == second.post(
        f"{CHURN}/trainings", body, "k"
    )


def _at_once(_account: World) -> None:
    """The client asks again before anything has happened."""


def _when_it_has_ended(account: World) -> None:
    """The release runtime continues what was begun, and ends it."""
    for _ in range(2):
        account.settle()
        account.resume()


@pytest.mark.parametrize(
    ("lost", "then"),
    [
        ("update-requested.json", _at_once),
        ("answered.json", _when_it_has_ended),
        ("answer.json", _when_it_has_ended),
    ],
)
def test_a_rollback_whose_answer_was_lost_goes_back_once(
    account: World, then: Callable[[World], None], lost: str
) -> None:
    second, third = release(account, 2), release(account, 3)
    assert second != third
    killed = account.caller(APPROVER)
    body = {"reason": "wrong prices"}

    class Killed(BaseException):
        """The function is killed."""

    def kill(operation: str) -> None:
        _, params = account.cloud.requests[-1]
        if operation == "PutObject" and params["Key"].endswith(f"/{lost}"):
            raise Killed

    account.cloud.calls.clear()
    account.cloud.before = kill
    with pytest.raises(Killed):
        killed.post(f"{CHURN}/rollbacks", body, "k")
    account.cloud.before = lambda _operation: None
    then(account)

    account.cloud.requests.clear()
    status, found = account.caller(APPROVER).post(f"{CHURN}/rollbacks", body, "k")
    assert status in (200, 202), found
    if then is _when_it_has_ended:
        assert found["outcome"] == "succeeded"
        puts = [more["Key"] for name, more in account.cloud.requests if name == "PutObject"]
        assert not [key for key in puts if key.endswith("/lock.json")]
    account.settle()
    account.resume()
    assert serving(account) == second
    assert account.cloud.calls.count("UpdateEndpoint") == 1

    # A new request is another rollback.
    status, found = account.caller(APPROVER).post(f"{CHURN}/rollbacks", body, "another")
    assert (status, found["outcome"]) == (202, "in-progress")


def test_a_release_that_was_rolled_back_is_not_released_again_by_its_key(account: World) -> None:
    first = serving(account)
    _, found = account.caller().post(f"{CHURN}/versions", account.registration(2))
    approver = account.caller(APPROVER)
    version = found["version"]
    decision = {"decision": "approve", "reason": "better"}
    approver.post(f"{CHURN}/versions/{version}/decision", decision)
    body = {"version": version, "reason": "better"}
    approver.post(f"{CHURN}/releases", body, "k")
    account.settle()
    account.resume()
    approver.post(f"{CHURN}/rollbacks", {"reason": "wrong prices"})
    account.settle()
    account.resume()
    assert serving(account) == first

    account.cloud.calls.clear()
    status, _ = approver.post(f"{CHURN}/releases", body, "k")
    assert (status, serving(account)) == (202, first)
    assert "UpdateEndpoint" not in account.cloud.calls
