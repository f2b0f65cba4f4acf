"""Building blocks of components that run a state machine of AWS Step Functions."""
