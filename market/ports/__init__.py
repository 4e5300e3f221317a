"""What the platform needs from outside, as protocols; adapters implement them.

people, catalogue, jobs, ledger    what a database keeps
object_store                       where ciphertext lies
shared_state                       leases, redeemed codes, forms
stages                             plan builder, evaluator, scheduler
"""
