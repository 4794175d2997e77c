"""One check with a clause each, and what all of them share."""
