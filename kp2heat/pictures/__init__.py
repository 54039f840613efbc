"""Pictures of keypoints and maps: arrays in, pictures out. Nothing in this folder reads or writes a file."""
