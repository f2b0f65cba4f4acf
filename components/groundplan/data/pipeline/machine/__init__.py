"""The state machine of a pipeline run, as a document of the Amazon States Language."""
