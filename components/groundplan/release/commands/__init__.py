"""`groundplan release`: the commands that a person runs."""
