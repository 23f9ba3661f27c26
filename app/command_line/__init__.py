"""The command line: reads files without a server."""
