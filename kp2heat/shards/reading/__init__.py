"""Open, check and read shards."""
