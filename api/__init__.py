"""The product for people and machines: command line, HTTP, pages about both."""

VERSION = "0.2.0"
