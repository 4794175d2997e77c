"""What waits to be done: terms, tasks, repairs."""
