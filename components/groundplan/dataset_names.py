"""The names of datasets, and the folder that they are in. Without the layout of a
dataset, so that code that only refers to one brings nothing else along."""

import re

ROOT = "datasets/"
"""The folder of all datasets in an artifact bucket."""

NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?")
"""A dataset's name: a DNS label that is short enough to be part of the name of a
claim."""
