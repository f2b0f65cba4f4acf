"""The API's function: Powertools' resolver, and thin handlers over the engines of
releases, retraining and dataset versions. Runs in Lambda, with Powertools' layer."""
