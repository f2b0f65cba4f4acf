"""The state machine of a retraining run, as a document of the Amazon States Language.
Pure: it registers nothing and calls nothing."""
