"""Everything that speaks to PostgreSQL: the log, and the tables that answer questions (`projections.catalogue.ALL`)."""
