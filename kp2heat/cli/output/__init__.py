"""What commands print: messages, progress, tables, cards."""
