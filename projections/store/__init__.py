"""The log itself: embedded server, schema, roles and recorder."""
