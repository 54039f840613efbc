"""Write shards whole or not at all."""
