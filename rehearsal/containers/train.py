"""The training script."""

import json
import os
import pathlib

import joblib  # type: ignore[import-untyped]

from rehearsal.containers import folders, model


def main() -> None:
    """Trains on what the channel `train` has, and writes the model."""
    parameters = json.loads(pathlib.Path(os.environ["GROUNDPLAN_PARAMETERS_FILE"]).read_text())
    features, labels = folders.tables(folders.folder("GROUNDPLAN_INPUT_TRAIN"))
    trained = model.pipeline(
        imputes=parameters.get("imputes", "true") == "true",
        regularization=float(parameters.get("regularization", "1")),
        seed=int(os.environ["GROUNDPLAN_SEED"]),
    )
    if parameters.get("imputes") == "false":
        complete = ~(features != features).any(axis=1)  # a missing value is not itself
        features, labels = features[complete], labels[complete]
    trained.fit(features, labels)
    joblib.dump(trained, folders.folder("GROUNDPLAN_OUTPUT") / folders.MODEL)
