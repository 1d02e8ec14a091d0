"""The ledger's database: how it is opened, made ready and watched for errors."""
