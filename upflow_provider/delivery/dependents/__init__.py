"""What is imported along with a customer: its contacts, and its place below a parent customer."""
