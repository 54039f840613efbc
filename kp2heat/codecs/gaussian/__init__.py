"""Gaussian heatmaps: one row of switches per published convention, and one renderer for all of them."""
