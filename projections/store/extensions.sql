-- From PostgreSQL's own contrib: ranges beside ids in one exclusion (btree_gist), search inside words (pg_trgm).
CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
