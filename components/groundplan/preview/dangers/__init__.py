"""The kinds of danger, a module each: what a change may do that a reviewer has to know."""
