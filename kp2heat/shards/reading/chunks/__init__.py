"""Where the chunks of a shard lie, and how they are read from a file or by ranges from a store."""
