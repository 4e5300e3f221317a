"""One portal over HTTP: bounded exchanges, answers of known shapes, problems as errors."""
