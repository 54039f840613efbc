"""Rules published since DARK, one file each; ``literal`` is the published code with its faults."""
