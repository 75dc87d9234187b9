-- Who may do what. {owner}, {app} and {projector} are the role names of this database; run anew at every install.
-- The server's own login may append through one function and read: nothing of the log can be changed by it.

REVOKE ALL ON DATABASE {database} FROM PUBLIC;
GRANT CONNECT ON DATABASE {database} TO {app}, {projector};
GRANT CREATE, TEMPORARY ON DATABASE {database} TO {projector};
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {app}, {projector};

REVOKE ALL ON SCHEMA gongwu, directory FROM PUBLIC, {app}, {projector};
REVOKE ALL ON ALL TABLES IN SCHEMA gongwu, directory FROM PUBLIC, {app}, {projector};
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA gongwu, directory FROM PUBLIC, {app}, {projector};

GRANT USAGE ON SCHEMA gongwu TO {app}, {projector};
GRANT SELECT ON gongwu.event, gongwu.events, gongwu.stored_events TO {app}, {projector};
GRANT SELECT ON gongwu.receipt, gongwu.claim, gongwu.schema_version TO {app};
GRANT EXECUTE ON FUNCTION gongwu.append TO {app};

GRANT USAGE ON SCHEMA directory TO {app};
GRANT SELECT, INSERT, UPDATE ON directory.person, directory.token TO {app};
GRANT SELECT, INSERT ON directory.upload TO {app};

-- Whatever the projector makes, the server may read.
GRANT {projector} TO {owner};
ALTER DEFAULT PRIVILEGES FOR ROLE {projector} GRANT USAGE ON SCHEMAS TO {app};
ALTER DEFAULT PRIVILEGES FOR ROLE {projector} GRANT SELECT ON TABLES TO {app};
