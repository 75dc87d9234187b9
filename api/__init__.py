"""How people and machines talk to Gongwu: command line, GraphQL, importers, pages."""
