"""Service-level objectives: their arguments, and the burn rates that alarms watch."""
