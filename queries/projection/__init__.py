"""The copy of the graph in memory-mapped files: written once, followed, asked like the graph itself."""
