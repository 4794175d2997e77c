"""Which measures reach whom, by which clause; why, why not, and what if."""
