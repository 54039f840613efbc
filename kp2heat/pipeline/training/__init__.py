"""Parts of training without PyTorch: crops, augmentation, labels drawn on read, checks of transforms."""
