"""`groundplan monitoring`: baselines and checks that a person runs."""
