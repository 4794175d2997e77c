"""What is in the graph, and why a consequence follows: schema, rules and derivation, all of them pure; and the store."""
