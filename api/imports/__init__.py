"""Reading other offices' files: what they say, nothing more, and exactly one verdict for every row.

`files`, `encoding` and `workbooks` open CSV and XLSX and give records; `headings` finds where the table begins;
`columns` guesses what its columns mean from the `vocabulary`, `mapping` overrides the guess, `plan` is what comes
of both; `cells` reads one cell, `amounts` the figures of a row; `sieve` tells which records are no cards; `rows`
makes a `card` or a verdict of a record; `transfers` does the same for the US transfer record; `verdicts` names
all that can be wrong. Nothing here knows the log: what is read is staged, shown and confirmed elsewhere.
"""
