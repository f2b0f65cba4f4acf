"""Jobs that wait for room: Kueue's objects, shares of the pools, ceilings, nights."""
