"""Schema and rules → the pages in docs/."""
