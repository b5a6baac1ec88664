"""What people change of a subscription: its end, its trial, its days, its plan and how it is paid."""
