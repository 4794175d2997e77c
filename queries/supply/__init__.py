"""What owners of facts supply: quality, catalogue, organs, the ledger, codes."""
