"""Encode annotations into shards: plan, render, compress, write."""
