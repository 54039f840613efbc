"""Files, whatever they are of: where they lie, what may be opened, and how they are written whole or not at all."""
