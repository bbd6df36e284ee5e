"""What people outside see and do: the customer's acceptance page, the start page, the play of the customers."""
