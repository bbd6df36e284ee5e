"""The acceptance campaign: mails that ask customers to accept the reseller relationship, and who has (M6, M7, M35)."""
