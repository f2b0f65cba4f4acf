"""The schema of a model's requests and responses: which columns there are, in which
order a CSV has them, and what each is."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from groundplan.model_monitoring.analysis.documents import InvalidDocument

Kind = Literal["numeric", "categorical"]
Task = Literal["regression", "binary", "classification"]

KINDS = ("numeric", "categorical")
TASKS = ("regression", "binary", "classification")


@dataclass(frozen=True)
class Column:
    """A feature, or a column of the response."""

    name: str
    kind: Kind


@dataclass(frozen=True)
class Schema:
    """What the model is asked and what it answers."""

    features: tuple[Column, ...]
    """In the order of a CSV request; a JSON request may name them in any order."""
    outputs: tuple[Column, ...]
    """In the order of a CSV response."""
    task: Task = "regression"
    prediction: str = ""
    """The output that is compared with labels: a number (regression) or a class. Empty
    for a binary model that answers with a score only."""
    score: str = ""
    """The output with the probability of the positive class, of a binary model."""
    positive: str = "1"
    """Label of the positive class, of a binary model."""
    cutoff: float = 0.5
    """The score from which a binary model without a prediction answers the positive
    class."""
    slices: tuple[str, ...] = ()
    """Categorical features by whose values quality is also judged."""

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InvalidDocument("the schema is invalid:\n" + "\n".join(problems))

    def _problems(self) -> list[str]:
        names = [column.name for column in self.features + self.outputs]
        features = {column.name: column.kind for column in self.features}
        outputs = {column.name: column.kind for column in self.outputs}
        wrong = [
            f"features: {name!r} is there twice" for name in set(names) if names.count(name) > 1
        ]
        wrong += [
            f"{column.name}.kind: {column.kind!r}. Fix: one of {', '.join(KINDS)}"
            for column in self.features + self.outputs
            if column.kind not in KINDS
        ]
        if self.task not in TASKS:
            return [*wrong, f"task: {self.task!r}. Fix: one of {', '.join(TASKS)}"]
        if not self.features:
            wrong.append("features: empty. Fix: name at least one")
        wrong += [
            f"slices: {name!r} is no categorical feature. Fix: one of "
            f"{', '.join(n for n, kind in features.items() if kind == 'categorical') or 'none'}"
            for name in self.slices
            if features.get(name) != "categorical"
        ]
        return wrong + _output_problems(self, outputs)

    def column(self, name: str) -> Column:
        """Returns a column by its name."""
        return next(column for column in self.features + self.outputs if column.name == name)

    def document(self) -> dict[str, Any]:
        """Returns plain data."""
        return asdict(self)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Schema":
        """Returns what `document` wrote. Raises `InvalidDocument`."""
        if not isinstance(document, Mapping) or not {"features", "outputs"} <= document.keys():
            raise InvalidDocument(
                "the schema is invalid: features or outputs are missing. Fix: write what "
                "`groundplan monitoring baseline --show-schema` prints"
            )
        try:
            known = dict(document)
            for side in ("features", "outputs"):
                known[side] = tuple(Column(**column) for column in known[side])
            known["slices"] = tuple(known.get("slices", ()))
            return cls(**known)
        except (KeyError, TypeError) as error:
            raise InvalidDocument(f"the schema is invalid: {error}") from error


def _output_problems(schema: Schema, outputs: Mapping[str, str]) -> list[str]:
    wanted = "numeric" if schema.task == "regression" else "categorical"
    wrong = []
    if not schema.prediction and not (schema.task == "binary" and schema.score):
        wrong.append("prediction: missing. Fix: name the output that is compared with labels")
    if schema.prediction and outputs.get(schema.prediction) != wanted:
        wrong.append(f"prediction: {schema.prediction!r} is no {wanted} output")
    if schema.score and (schema.task != "binary" or outputs.get(schema.score) != "numeric"):
        wrong.append(f"score: {schema.score!r} is no numeric output of a binary model")
    return wrong
