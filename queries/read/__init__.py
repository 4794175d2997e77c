"""The facts themselves: gathered, with their origin, and what was recorded or corrected."""
