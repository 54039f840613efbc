"""Decoders of one peak per map: where it lies, and its step below a cell."""
