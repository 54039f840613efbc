"""Which prediction is compared with which annotated instance."""
