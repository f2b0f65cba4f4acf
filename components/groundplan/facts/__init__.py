"""Facts of AWS that Groundplan rests on, each a data file with its source and date.
Pure data: no Pulumi, no network."""
