"""A department's own spreadsheet → a source: its mapping file, the proposal of one, a preview."""
