"""Pictures and labels of samples for training: datasets, samplers, batches."""
