"""The enums of a RetrainingPipeline."""

from typing import TYPE_CHECKING, Literal

from groundplan.release.engine.version_record import ModelTask as ModelTask

if TYPE_CHECKING:
    ModelTaskValue = (
        ModelTask | Literal["binary-classification", "multiclass-classification", "regression"]
    )
else:
    ModelTaskValue = ModelTask
