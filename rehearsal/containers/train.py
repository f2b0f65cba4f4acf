"""The training script."""

import json
import os
import pathlib

from rehearsal.containers import folders, model, tables, tracking


def main() -> None:
    """Trains on what the dataset `train` has, and writes the model."""
    parameters = json.loads(pathlib.Path(os.environ["GROUNDPLAN_PARAMETERS_FILE"]).read_text())
    features, labels = tables.read(os.environ["GROUNDPLAN_INPUT_TRAIN"])
    trained = model.pipeline(
        imputes=parameters.get("imputes", "true") == "true",
        regularization=float(parameters.get("regularization", "1")),
        seed=int(os.environ.get("GROUNDPLAN_SEED", "0")),
    )
    if parameters.get("imputes") == "false":
        complete = ~(features != features).any(axis=1)  # a missing value is not itself
        features, labels = features[complete], labels[complete]
    trained.fit(features, labels)
    folders.write_model(trained, os.environ["GROUNDPLAN_OUTPUT"])
    tracking.log(parameters, {"train_accuracy": float(trained.score(features, labels))})


if __name__ == "__main__":
    main()
