"""The check of a file: what is wrong with its lines, compared with what the organization has in Upflow."""
