"""What is known of a resource type: display name, summary fields, whether it holds
data, how it is priced."""
