"""Trust nothing that was not signed: publications, consortia, results, receipts, evidence."""
