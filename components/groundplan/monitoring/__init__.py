"""Monitoring: where alarms go, what raises them, and what shows the rest."""
