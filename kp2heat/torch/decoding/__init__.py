"""Maps and vectors decoded on the device, with the same answers as NumPy's decoders."""
