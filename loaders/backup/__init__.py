"""The whole graph in one file, and back: for the day on which a disk breaks, and for another version of Neo4j."""
