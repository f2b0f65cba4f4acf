"""Presenters of a report: the terminal, Markdown for pull requests, SARIF, JUnit, JSON. None judges; each only says."""
