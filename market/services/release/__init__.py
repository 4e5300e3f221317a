"""Release: what agents seal is checked, charged, countersigned, delivered, handed on."""
