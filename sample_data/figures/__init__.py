"""The drawn figures of the sample data, one step per file; make.py runs them."""
