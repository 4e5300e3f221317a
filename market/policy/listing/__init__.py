"""What a listing says and may say next: editions, serving, entitlement, retention, unions."""
