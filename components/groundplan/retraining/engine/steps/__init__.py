"""The steps of a run. Each reads what the steps before it recorded, asks the platform,
and returns what it came to; `pipeline` records that. Calling one again, at any time,
does nothing twice."""
