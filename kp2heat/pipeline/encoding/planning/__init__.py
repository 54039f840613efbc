"""What is to be encoded: the samples, their frames, the planes of every level, the stored images."""
