"""What plugins fulfil, and what may travel."""
