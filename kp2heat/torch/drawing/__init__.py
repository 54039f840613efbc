"""Labels drawn on the device: the same maps and vectors as are stored."""
