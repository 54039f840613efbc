"""Read the heatmaps that a network predicted and align them with their shards."""
