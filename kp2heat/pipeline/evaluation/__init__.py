"""Score results files against ground truth."""
