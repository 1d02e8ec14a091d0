"""Updates of Accounts, as jobs of the Bulk API send them."""


def notes(ids, text="New"):
    """Return new values of each Account, in the order of the fields."""
    return [(each, (text,)) for each in ids]


def updated(jobs, records, fields=("Note__c",)):
    """Return what became of updates, job by job."""
    return [list(outcomes) for outcomes in jobs.update(fields, records)]


def left_behind(jobs):
    """Return the states of the jobs that are still there."""
    return [each["state"] for each in jobs._http.get("/jobs/ingest")["records"]]
