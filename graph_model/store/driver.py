"""The driver of Neo4j, without the libraries that it imports only because they are there.

It takes arrays and frames as parameters where numpy, pandas or pyarrow is installed. We pass none, and every look-up of
the command line would wait for them. Whoever has imported one before keeps it.
"""

import sys

_spared = dict.fromkeys(name for name in ("numpy", "pandas", "pyarrow") if name not in sys.modules)
sys.modules.update(_spared)  # ty: ignore[no-matching-overload]  (None there means: it cannot be imported)
try:
    import neo4j
    import neo4j.exceptions
finally:
    for _name in _spared:
        del sys.modules[_name]

__all__ = ["neo4j"]
