"""What people decide and record: events of a case, corrections, judgements on persons."""
