"""The marketplace: plans, policy, jobs, portal, clients, the key agent and the command line."""
