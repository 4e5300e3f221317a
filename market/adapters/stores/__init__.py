"""Object stores: a local directory (the laptop's default) and S3.

opening      a store from its description, importing the one that is asked for
local        write-once files, created atomically by a hard link
signed_urls  addresses of a local store that a browser or client may use for a while
credentials  what an S3 server knows this process, and Spark, by
s3           any S3 server with conditional writes; boto3 is imported here alone
"""
