"""The command `creditgraph`, and `python -m creditgraph`. What it does is in `api`, `loaders`, `queries`, `graph_model`."""
