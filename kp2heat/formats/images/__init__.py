"""The images of an annotation file: their sizes and where they are stored."""
