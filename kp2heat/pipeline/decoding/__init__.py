"""Decode shards or predictions to keypoints and report the error."""
