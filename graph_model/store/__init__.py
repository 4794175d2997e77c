"""The store: connect, read, write, clock; the managed local Neo4j; keys and settings."""
