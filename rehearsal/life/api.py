"""What people do through the API of the stack: register, approve, start runs, release,
roll back, and read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.account.account import Account
from rehearsal.account.gateway import Answer, HttpApi
from rehearsal.life.people import APPROVER, SCIENTIST
from rehearsal.permissions.guard import Principal, acting


class Refused(Exception):
    """The API answered with a problem."""


@dataclass
class OverApi:
    """One endpoint, by the API that serves it."""

    account: Account
    endpoint: str
    """As the API names it."""

    @property
    def gateway(self) -> HttpApi:
        """The API of the stack."""
        return next(iter(self.account.apis.values()))

    def register(self, body: Mapping[str, Any]) -> int:
        """Registers a model, as a data scientist. Returns the version's number."""
        return int(self._done(self.sent(SCIENTIST, "POST", "/versions", body))["version"])

    def decide(self, version: int, decision: str, reason: str) -> str:
        """Approves or rejects a version, as an approver. Returns its ARN."""
        body = {"decision": decision, "reason": reason}
        answer = self.sent(APPROVER, "POST", f"/versions/{version}/decision", body)
        return str(self._done(answer)["arn"])

    def start_training(self, reason: str) -> str:
        """Asks for a run, as a data scientist. Returns the ARN of its execution."""
        answer = self.sent(SCIENTIST, "POST", "/trainings", {"reason": reason})
        return str(self._done(answer)["execution"])

    def release(self, version: int, reason: str) -> str:
        """Begins a release, as an approver. Returns its name."""
        body = {"version": version, "reason": reason}
        return self._begun(self.sent(APPROVER, "POST", "/releases", body))

    def rollback(self, reason: str) -> str:
        """Moves the endpoint back, as an approver. Returns the name of the rollback."""
        return self._begun(self.sent(APPROVER, "POST", "/rollbacks", {"reason": reason}))

    def status(self, release: str) -> str:
        """Returns what became of a release."""
        return str(self.read(f"/releases/{release}")["outcome"])

    def read(self, path: str) -> Any:
        """Returns what there is at a path of the endpoint, for a data scientist."""
        return self._done(self.sent(SCIENTIST, "GET", path))

    def read_dataset(self, path: str) -> Any:
        """Returns what there is at a path of the datasets."""
        with acting(SCIENTIST):
            return self._done(self.gateway.request("GET", f"/v1/datasets{path}"))

    def sent(
        self, who: Principal, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> Answer:
        """Sends a request of a person to a path of the endpoint."""
        with acting(who):
            return self.gateway.request(method, f"/v1/endpoints/{self.endpoint}{path}", body)

    def _begun(self, answer: Answer) -> str:
        return str((self._done(answer)["release"] or {}).get("release", ""))

    def _done(self, answer: Answer) -> Any:
        if answer.status >= 300:
            raise Refused(f"the API answered {answer.status}: {answer.body.get('detail')}")
        return answer.body
