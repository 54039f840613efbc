"""The drawn figures of the sample data, one step a file; make.py runs them."""
