"""What a plan costs a month: prices as facts with a source and a date, quantities as
assumptions in sight."""
