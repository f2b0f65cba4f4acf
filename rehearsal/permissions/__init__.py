"""Who may do what: the policies of the plan decide on every call."""
