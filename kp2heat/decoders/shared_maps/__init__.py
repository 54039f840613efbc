"""Decoders of maps that several joints or people share."""
