"""Labels of all people of an image at once: fields, centres with offsets, tags."""
