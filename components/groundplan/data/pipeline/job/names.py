"""The environment variables of a pipeline's jobs: what the driver sets, the runner
reads, and a script may read."""

RUN = "GROUNDPLAN_RUN_ID"
"""Name of the run."""
ENGINE = "GROUNDPLAN_ENGINE"
"""`container` or `ray`."""
INPUTS = "GROUNDPLAN_INPUTS"
"""URI of the manifest of the objects that the run reads: JSON lines, compressed by
gzip, with `input`, `key`, `version`, `size` and `modified`."""
INPUTS_FILE = "GROUNDPLAN_INPUTS_FILE"
"""The same list as a file, uncompressed, with `uri`: the runner sets it for the
script."""
INPUT_FOLDERS = "GROUNDPLAN_INPUT_FOLDERS"
"""Input -> the URI of its folder, as JSON."""
OUTPUT = "GROUNDPLAN_OUTPUT"
"""URI of the folder that the run writes."""
SCRIPT, SCRIPT_DIGEST = "GROUNDPLAN_SCRIPT", "GROUNDPLAN_SCRIPT_SHA256"
"""URI of the script, and the SHA-256 of what it has to be."""

DATASET, DATA, RESULT = "GROUNDPLAN_DATASET", "GROUNDPLAN_DATA", "GROUNDPLAN_RESULT"
RULES, REFERENCES = "GROUNDPLAN_RULES", "GROUNDPLAN_REFERENCES"
"""Those of the check."""
BEFORE = "GROUNDPLAN_STATISTICS_BEFORE"
"""URI of the statistics of the last version; empty if it has none."""
