"""How parties hang together: exposure, owners, paths, the whole graph. Information, never a penalty."""
