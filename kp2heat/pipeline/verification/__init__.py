"""Check that shards are complete and unchanged."""
