"""What decoding is reported as: results of levels, totals of parts, reliability of the score, results files."""
