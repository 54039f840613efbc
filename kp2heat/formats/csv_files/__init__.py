"""Readers of CSV annotation files, one file per layout."""
