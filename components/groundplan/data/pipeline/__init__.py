"""DataPipeline: ETL as code, from raw objects to a published version of a dataset."""
