"""Amazon OpenSearch: a domain or a serverless collection, and what fills it."""
