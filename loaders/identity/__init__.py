"""Who is meant: finds the party that a row names, or makes it; and what parties cache of it."""
