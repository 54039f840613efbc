"""People of an image at once: how joints are found in fields and centres, and which belong together."""
