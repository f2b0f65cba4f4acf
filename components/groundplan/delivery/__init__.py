"""Delivery: how a change gets from a pull request to an environment."""
