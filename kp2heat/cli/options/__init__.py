"""Options that several commands share, and how help and completion show them."""
