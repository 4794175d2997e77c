"""A file → rows of text with their place; text → days, money, shares."""
