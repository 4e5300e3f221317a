"""The rival: the same sums over plaintext Parquet, or its X^T X; without a path an empty Spark job.

plain_spark_job.py PATH sums|products
"""

from __future__ import annotations

import sys
from itertools import combinations_with_replacement

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

path, asked = sys.argv[1:]
spark = SparkSession.builder.appName("plain").getOrCreate()
if path:
    table = spark.read.parquet(path)
    outputs = [f.sum(name) for name in table.columns]
    if asked == "products":
        pairs = combinations_with_replacement(table.columns, 2)
        outputs += [f.sum(f.col(a) * f.col(b)) for a, b in pairs]
    table.agg(*outputs).collect()
else:
    spark.range(1).count()
spark.stop()
