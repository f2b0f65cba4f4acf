"""What a person runs after `up`: releases, rollbacks, verification. Reads the stack's
exports, never its code."""
