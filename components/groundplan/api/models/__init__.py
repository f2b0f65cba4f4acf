"""What requests and answers contain, as pydantic models: the OpenAPI document is
written from them. Pydantic is Powertools', so this runs in Lambda and in tests only."""
