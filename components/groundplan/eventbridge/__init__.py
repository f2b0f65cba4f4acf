"""Building blocks of what EventBridge delivers to functions and state machines: targets
of rules, schedules and their expressions, the queue of what was not delivered."""
