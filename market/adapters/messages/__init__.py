"""Messages that leave the platform: mail through the operator's server, documents to webhooks."""
