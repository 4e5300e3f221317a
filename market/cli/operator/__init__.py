"""Commands of whoever runs a platform: its processes, administration, a run's steps."""
