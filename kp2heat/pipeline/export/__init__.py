"""Labels and truth of shards in other forms: tar files for webdataset, NumPy archives, COCO and CSV."""
