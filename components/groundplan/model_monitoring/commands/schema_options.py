"""Options that say what the columns of a dataset are."""

import json
import pathlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from groundplan.model_monitoring.analysis.schema import Schema

Command = Callable[..., None]


@dataclass(frozen=True)
class SchemaChoice:
    """A schema that is read, or what one is inferred from."""

    file: pathlib.Path | None
    task: str
    prediction: str
    score: str
    positive: str
    cutoff: float
    outputs: tuple[str, ...]
    slices: tuple[str, ...]
    skip: tuple[str, ...]
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]

    def schema(self, rows: Iterable[Mapping[str, Any]]) -> "Schema":
        """Returns the schema of rows. Raises `InvalidDocument`."""
        from groundplan.model_monitoring.analysis import inference
        from groundplan.model_monitoring.analysis.documents import InvalidDocument
        from groundplan.model_monitoring.analysis.schema import Schema

        if self.file is not None:
            try:
                return Schema.read(json.loads(self.file.read_text(encoding="utf-8")))
            except ValueError as error:
                raise InvalidDocument(f"{self.file}: no JSON: {error}") from error
        rows = _there(rows)
        named = [name for name in (self.prediction, self.score) if name]
        outputs = tuple(dict.fromkeys([*named, *self.outputs]))
        found = inference.schema(
            rows,
            outputs,
            self.skip,
            task=self.task,
            prediction=self.prediction,
            score=self.score,
            positive=self.positive,
            cutoff=self.cutoff,
            kinds={
                **dict.fromkeys(self.numeric, "numeric"),
                **dict.fromkeys(self.categorical, "categorical"),
            },
        )
        return replace(found, slices=self.slices)


def _there(rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Returns the rows. Raises `InvalidDocument` if there are none."""
    from groundplan.model_monitoring.analysis.documents import InvalidDocument

    known = iter(rows)
    first = next(known, None)
    if first is None:
        raise InvalidDocument(
            "the dataset has no row that can be read. Fix: CSV with a header, JSON lines, or "
            "Parquet, in UTF-8"
        )
    return chain([first], known)


OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "--schema",
        {
            "type": click.Path(exists=True, dir_okay=False, path_type=pathlib.Path),
            "metavar": "FILE",
            "help": "The schema, as --show-schema prints it. Without it, it is inferred.",
        },
    ),
    (
        "--task",
        {
            "type": click.Choice(["regression", "binary", "classification"]),
            "default": "regression",
            "show_default": True,
            "help": "What the model does.",
        },
    ),
    ("--prediction", {"default": "", "help": "Column with the predicted number or class."}),
    ("--score", {"default": "", "help": "Column with the probability of the positive class."}),
    (
        "--positive",
        {"default": "1", "show_default": True, "help": "Label of the positive class."},
    ),
    (
        "--cutoff",
        {
            "type": float,
            "default": 0.5,
            "show_default": True,
            "help": "Score from which the positive class is answered.",
        },
    ),
    ("--output", {"multiple": True, "help": "Another column of the response."}),
    ("--slice", {"multiple": True, "help": "Categorical feature to judge quality by."}),
    ("--skip", {"multiple": True, "help": "Column that the model does not read: an ID."}),
    ("--numeric", {"multiple": True, "help": "Column that is a measure, whatever it looks like."}),
    ("--categorical", {"multiple": True, "help": "Column that is a code or a name."}),
)


def schema_options(command: Command) -> Command:
    """Adds the options, and passes them as `choice`."""

    @wraps(command)
    def run(**options: Any) -> None:
        choice = SchemaChoice(
            options.pop("schema"),
            options.pop("task"),
            options.pop("prediction"),
            options.pop("score"),
            options.pop("positive"),
            options.pop("cutoff"),
            options.pop("output"),
            options.pop("slice"),
            options.pop("skip"),
            options.pop("numeric"),
            options.pop("categorical"),
        )
        command(choice=choice, **options)

    for name, settings in reversed(OPTIONS):
        run = click.option(name, **settings)(run)
    return run


def _pairs(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> Any:
    pairs = [value.partition("=") for value in values]
    for key, equals, value in pairs:
        if not (key and equals and value):
            raise click.BadParameter(f"{key + equals + value!r} is not KEY=VALUE")
    return {key: value for key, _, value in pairs}


def pairs_option(name: str, **settings: Any) -> Callable[[Command], Command]:
    """Returns an option whose values are KEY=VALUE."""
    return click.option(name, multiple=True, callback=_pairs, metavar="KEY=VALUE", **settings)


source_option = pairs_option(
    "--source", help="What the baseline is of: dataset=fraud@12, model=fraud/7. In each result."
)
