"""The rules, pure: entitlement and admission. Portal and agent both ask them; either refuses."""
