"""A source file → the graph: batches, versions, the ledger; before it counts, and the first load of millions."""
