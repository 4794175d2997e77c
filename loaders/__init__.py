"""What writes: sources and mappings, the engine that loads them, who is meant, what people decide, consequences derived."""
