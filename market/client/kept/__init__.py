"""What a person keeps on their own machine: keys, pins, and what was seen before."""
