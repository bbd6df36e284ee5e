"""The portal's own exports read as input: customer lists, subscriptions and activity logs, as CSV or Excel (M19)."""
