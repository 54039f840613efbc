"""Label planes in HDF5: written whole or not at all, read by any stock reader."""
