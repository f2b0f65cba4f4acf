"""What in an account differs from a stack's state. Reads the account, changes
nothing."""
