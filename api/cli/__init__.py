"""Answers in the terminal: the command line, a file a group of commands."""
