"""The columns of a parsed file become annotations, of the whole file or block by block."""
