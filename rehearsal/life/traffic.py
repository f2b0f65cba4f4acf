"""The hospital: it asks the endpoint every minute, and knows an hour's diagnoses soon
after."""

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from rehearsal.account.account import Account
from rehearsal.containers.model import FEATURES
from rehearsal.life import data
from rehearsal.permissions.guard import acting, person

HOSPITAL = person("hospital", "client")
ROWS = 5
"""Rows of a request."""


@dataclass
class Minute:
    """What came of a minute's requests."""

    at: Any
    requests: int = 0
    failed: int = 0
    rows: int = 0
    right: int = 0


@dataclass
class Traffic:
    """The requests to one endpoint."""

    account: Account
    endpoint: str
    bucket: str
    labels: str
    """Folder of the labels."""
    per_minute: int = 6
    scanner: int = 1
    minutes: list[Minute] = field(default_factory=list)
    _random: Any = field(default_factory=lambda: np.random.default_rng(data.SEED))
    _number: int = 0
    _known: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Asks every minute from now on."""
        self.account.clock.every(60, self._minute)
        self.account.clock.every(600, self.flush)

    def _minute(self) -> None:
        minute = Minute(self.account.clock.now)
        with acting(HOSPITAL):
            for _ in range(self.per_minute):
                self._ask(minute)
        self.minutes.append(minute)
        self.account.metrics.evaluate()

    def _ask(self, minute: Minute) -> None:
        features, labels = data.measured(self.scanner)
        places = self._random.integers(len(labels), size=ROWS)
        rows = features[places].copy()
        lost = self._random.random(ROWS) < data.MISSING[self.scanner]
        rows[lost, FEATURES.index("concavity")] = np.nan
        self._number += 1
        identity = f"request-{self._number}"
        minute.requests += 1
        try:
            answer = self.account.client("sagemaker-runtime").invoke_endpoint(
                EndpointName=self.endpoint,
                ContentType="text/csv",
                Body="\n".join(map(data.line, rows)),
                InferenceId=identity,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ModelError":
                raise
            minute.failed += 1
            return
        scores = [float(score) for score in answer["Body"].read().decode().splitlines()]
        minute.rows += ROWS
        pairs = zip(scores, labels[places], strict=True)
        minute.right += sum((score >= 0.5) == bool(label) for score, label in pairs)
        known = {"data": "\n".join(str(int(label)) for label in labels[places]), "encoding": "CSV"}
        metadata = {"eventId": identity}
        self._known.append(
            json.dumps({"groundTruthData": known, "eventMetadata": metadata, "eventVersion": "0"})
        )

    def flush(self) -> None:
        """Writes what was captured, and the diagnoses that are known by now."""
        self.account.endpoints.flush()
        if not self._known:
            return
        key = self.account.clock.now.strftime("%Y/%m/%d/%H/%M.jsonl")
        with acting(HOSPITAL):
            self.account.client("s3").put_object(
                Bucket=self.bucket, Key=f"{self.labels}{key}", Body="\n".join(self._known).encode()
            )
        self._known.clear()
