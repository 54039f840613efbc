"""Array jobs: parts of one encoding that share a folder, and their merging."""
