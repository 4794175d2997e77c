"""Answers over HTTP, and the page."""
