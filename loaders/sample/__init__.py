"""The invented province: files for the demo and the tests."""
