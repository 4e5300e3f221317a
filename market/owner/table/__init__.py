"""An owner's table file, read: CSV or Parquet, exactly and by the block."""
