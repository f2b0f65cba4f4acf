"""Requests that are carried out once, whatever is repeated: the journal of idempotency
keys.

    <root>requests/<request>/asked.json     the request that a key was first used for
    <root>requests/<request>/answer.json    the answer of its success

`<root>` is the endpoint's folder in the audit trail or in the journal of its
retraining, whose objects are written once: there is no second store of what is true. A
request that was asked and has no answer is carried out again; that is safe, because the
engines take each step once for the name that `asked.json` holds.
"""

import contextlib
import datetime
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.parser import BaseModel
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from groundplan.api.handlers.call import Call
from groundplan.release.engine.objects import Objects
from groundplan.release.engine.principals import without_random_session

REPLAYED = "Idempotency-Replayed"
"""The header of an answer that an earlier request had."""


class KeyReused(Exception):
    """The key was used for another request."""


@dataclass(frozen=True)
class Asked:
    """A request as its key was first used."""

    id: str
    """The same for the same caller and key; 32 hexadecimal digits."""
    name: str
    """The name of what it begins."""


class Requests(Objects):
    """The requests of one endpoint."""

    def once(
        self,
        call: Call,
        key: str,
        body: BaseModel,
        act: Callable[[Asked], tuple[int, BaseModel]],
    ) -> Response[Any]:
        """Carries a request out, or answers as the first time. Raises `KeyReused`."""
        # A client that repeats its request has another session, where an SDK names it.
        who = without_random_session(call.caller.principal)
        identity = hashlib.sha256(f"{who}\n{key}".encode()).hexdigest()[:32]
        folder = f"requests/{identity}"
        content = json.dumps(body.model_dump(mode="json"), sort_keys=True)
        wanted = {
            "operation": call.route.id,
            "path": call.path,
            "body": hashlib.sha256(content.encode()).hexdigest(),
            "by": call.caller.principal,
            "name": _name(call.route.id, identity),
        }
        found = wanted if self.put(f"{folder}/asked.json", wanted) else self._read(folder)
        different = [key for key in ("operation", "path", "body") if found[key] != wanted[key]]
        if different:
            raise KeyReused(
                f"The idempotency key was used before, with another {different[0]}. Fix: a new "
                "key for each new request"
            )
        known = self._get(f"{folder}/answer.json")
        if known is not None:
            status, answered = int(known[0]["status"]), known[0]["body"]
            return _response(status, answered, {REPLAYED: "true"})
        status, model = act(Asked(identity, str(found["name"])))
        plain = model.model_dump(mode="json")
        # It is done: that this can't be noted is no fault of the caller's.
        with contextlib.suppress(ClientError, BotoCoreError):
            self.put(f"{folder}/answer.json", {"status": status, "body": plain})
        return _response(status, plain, {})

    def _read(self, folder: str) -> Mapping[str, Any]:
        found = self._get(f"{folder}/asked.json")
        needed = {"operation", "path", "body", "name"}
        if found is None or not needed <= set(found[0]):
            raise self._unreadable(f"{folder}/asked.json", "it names no request")
        return found[0]


def _name(operation: str, identity: str) -> str:
    """Returns a name of what a request begins, in the form of the releases' names."""
    now, kind = datetime.datetime.now(datetime.UTC), operation.rpartition("_")[2]
    return f"{now:%Y%m%dT%H%M%S.%f}Z-{kind}-{identity[:12]}-{secrets.token_hex(3)}"


def _response(status: int, body: Any, headers: Mapping[str, str]) -> Response[Any]:
    return Response(
        status_code=status, content_type="application/json", body=body, headers={**headers}
    )
