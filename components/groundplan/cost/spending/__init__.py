"""What AWS billed, against the estimate, and what the estimate learns of it."""
