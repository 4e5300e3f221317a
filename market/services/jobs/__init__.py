"""What every stage of a job stands on: what it holds of a budget, how it ends, who sees it."""
