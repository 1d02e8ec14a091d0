"""What the tests ask Salesforce for, and the token that they send."""

DESCRIBE = "/sobjects/Account/describe"
TOKEN = "00D000000000001!very.secret"
