"""Readers of JSON annotation files, one file per layout."""
