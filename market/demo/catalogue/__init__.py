"""The catalogue's story: an owner publishes ciphertext, a buyer asks, Spark computes, the owner's
agent releases, the buyer opens."""
