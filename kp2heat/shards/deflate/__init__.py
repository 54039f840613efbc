"""Compress heatmaps into deflate streams."""
