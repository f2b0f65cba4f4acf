"""What a window counts: the cells of each numeric column and the values of each
categorical one, chosen once by the baseline. Windows of one layout can be merged."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from groundplan.model_monitoring.analysis.categories import Vocabulary
from groundplan.model_monitoring.analysis.documents import InvalidDocument, digest
from groundplan.model_monitoring.analysis.exact_sum import Floats
from groundplan.model_monitoring.analysis.schema import Schema

MOST_SLICES = 64
"""Values of one feature by which quality is judged: each halves, at least, the labels
that a slice has."""
MOST_CLASSES = 64
"""A confusion matrix of as many classes has 4,225 counts per slice."""


@dataclass(frozen=True)
class Layout:
    """The cells and vocabularies of a baseline."""

    schema: Schema
    edges: Mapping[str, Floats]
    """By numeric column, of the requests and of the responses."""
    vocabularies: Mapping[str, Vocabulary]
    """By categorical column."""
    classes: tuple[str, ...] = ()
    """Labels of a classifier; others are counted together."""

    def __post_init__(self) -> None:
        for name in self.schema.slices:
            vocabulary = self.vocabularies[name]
            if vocabulary.bits or len(vocabulary.values) > MOST_SLICES:
                raise InvalidDocument(
                    f"slices: {name!r} has more than {MOST_SLICES} values. Fix: slice by a "
                    "feature with fewer"
                )
        if len(self.classes) > MOST_CLASSES:
            raise InvalidDocument(
                f"prediction: {len(self.classes)} classes, at most {MOST_CLASSES} can be "
                "judged. Fix: group the classes"
            )

    @property
    def slices(self) -> tuple[str, ...]:
        """Names of the slices: all rows, and each value of each slicing feature."""
        return (
            "",
            *(
                slice_name(name, value)
                for name in self.schema.slices
                for value in self.vocabularies[name].values
            ),
        )

    def document(self) -> dict[str, Any]:
        """Returns plain data."""
        return {
            "schema": self.schema.document(),
            "edges": {name: edges.tolist() for name, edges in self.edges.items()},
            "vocabularies": {name: known.document() for name, known in self.vocabularies.items()},
            "classes": list(self.classes),
        }

    @cached_property
    def digest(self) -> str:
        """The digest of the layout: what is merged or compared must have the same."""
        return digest(self.document())

    @classmethod
    def read(cls, document: Any) -> "Layout":
        """Returns what `document` wrote."""
        return cls(
            Schema.read(document["schema"]),
            {name: np.array(edges, dtype=np.float64) for name, edges in document["edges"].items()},
            {name: Vocabulary.read(known) for name, known in document["vocabularies"].items()},
            tuple(document["classes"]),
        )


def slice_name(feature: str, value: str) -> str:
    """Returns the name of a slice."""
    return f"{feature}={value}"
