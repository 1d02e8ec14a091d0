"""Plain HTTP against a fake Salesforce: without any of our own client code."""

import csv
import io

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from upflow_provider.testing.salesforce.org import fields

DATA = "/services/data/v59.0"

FIELDS = (
    fields.text_field("Key__c", 20, externalId=True, unique=True),
    fields.text_field("Other_Key__c", externalId=True),
    fields.currency_field("Outstanding__c", 18, 2),
    fields.number_field("Delay__c", 5, 1),
    fields.text_area_field("Note__c"),
    fields.long_text_field("Portal__c", 1_000),
    fields.rich_text_field("Details__c"),
    fields.url_field("Link__c"),
    fields.picklist_field("Segment__c", ["Small", "Large"], inactive=["Old"]),
    fields.picklist_field("Any__c", ["Small"], restricted=False),
    fields.multipicklist_field("Tags__c", ["a", "b", "c"]),
    fields.multipicklist_field("Any_Tags__c", ["a", "b"], restricted=False),
    fields.date_field("Since__c"),
    fields.checkbox_field("Vip__c"),
    fields.reference_field("Parent__c"),
)


class Org:
    """A fake Salesforce, and a logged-in way to ask it."""

    def __init__(self, fake, session):
        self.fake, self.session, self.timeout_s = fake, session, 5
        self.token = fake.sessions.open()

    def __call__(self, method, path, **options):
        """Send a request below the API's version, and return the answer, whatever it is."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        url = self.fake.url + (path if path.startswith("/services") else DATA + path)
        return self.session.request(method, url, headers=headers, timeout=self.timeout_s, **options)

    def login(self, **form):
        """Ask for a token, and return the answer."""
        auth = form.pop("auth", None)
        return self.session.post(f"{self.fake.url}/services/oauth2/token", data=form, auth=auth, timeout=5)

    def get(self, path, **options):
        """Read what is there, and return its JSON."""
        answer = self("GET", path, **options)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.json()

    def query(self, text, **options):
        """Return the first page of a query."""
        return self.get("/query", params={"q": text}, **options)

    def column(self, text, name="Id"):
        """Return one field of what a query finds."""
        return [each[name] for each in self.query(text)["records"]]

    def refused(self, method, path, status=400, **options):
        """Ask for what is refused, and return code and message."""
        answer = self(method, path, **options)
        assert answer.status_code == status, (path, answer.status_code, answer.text)
        [error] = answer.json()
        return error["errorCode"], error["message"]

    def update(self, *records, **options):
        """Update Accounts in one request, and return the results."""
        answer = self("PATCH", "/composite/sobjects", json=body(*records, **options))
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return answer.json()

    def ingest(self, file, operation="update", *, line_ending="LF", content_type="text/csv", **settings):
        """Run a job with a file until it has ended, and return what it says of itself."""
        job = self.new_job(operation, lineEnding=line_ending, **settings)
        headers = {"Content-Type": content_type}
        put = self("PUT", f"/jobs/ingest/{job}/batches", data=file.encode(), headers=headers)
        assert put.status_code == 201, put.text
        self.change(job, "UploadComplete")
        return self.ended(f"/jobs/ingest/{job}")

    def new_job(self, operation="update", **settings):
        """Make a job that writes Accounts, and return its Id."""
        answer = self("POST", "/jobs/ingest", json={"object": "Account", "operation": operation, **settings})
        assert answer.status_code == 200, answer.text
        return answer.json()["id"]

    def change(self, job, state):
        """Change the state of a job that writes, and return the answer's JSON."""
        answer = self("PATCH", f"/jobs/ingest/{job}", json={"state": state})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ended(self, path):
        """Look at a job until it has ended, and return what it says of itself."""
        for _ in range(5):
            info = self.get(path)
            if info["state"] in {"JobComplete", "Failed", "Aborted"}:
                return info
        raise AssertionError(info)

    def results(self, info, kind):
        """Return the rows of a job's results as dictionaries."""
        answer = self("GET", f"/jobs/ingest/{info['id']}/{kind}")
        assert answer.status_code == 200, answer.text
        return rows(answer)


def body(*records, **options):
    """Return the body of a request that writes Accounts."""
    return {"records": [{"attributes": {"type": "Account"}, **each} for each in records], **options}


def rows(answer):
    """Return the rows of a CSV answer as dictionaries."""
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


def private_key():
    """Make a key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key):
    """Return a private key as PEM."""
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    return key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain).decode()


def public_pem(key):
    """Return the public half of a key as PEM."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def ask(fake, **form):
    """Ask for a token, and return the answer."""
    return requests.post(f"{fake.url}/services/oauth2/token", data=form, timeout=5)


def add_accounts(fake):
    """Make six Accounts, of which the first and the fourth are hit by default."""
    return [fake.add_account(Name=f"n{number}", Key__c=str(number), Note__c="old") for number in range(6)]


def file(header, *lines):
    """Return a CSV file."""
    return "\n".join((header, *lines)) + "\n"


KINDS = ("successfulResults", "failedResults", "unprocessedrecords")

FILE_KINDS = ("successfulResults", "failedResults", "unprocessedrecords")


BY_NAME = {each["name"]: each for each in FIELDS}
