"""Spark over ciphertext: plan partitions from the manifest, read and verify chunks in the workers,
return k residues per output. No secret key, no TenSEAL; object names cross the JVM, chunks never.

    accumulate    what a worker does with its blocks
    evaluate      the driver of one job
    resident      the driver that does job after job
"""
