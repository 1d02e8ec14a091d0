"""
Claims on records, and the outcomes that end them.

Several tasks may work on one record at a time, each may stop at any point, and a request that one of them has sent may
arrive late. Even so, an older read never has the last word:

* A record is *claimed* before each request about it, by one process at a time. From then on its hash is unknown and
  its next attempt is due when the lease ends, so that whatever becomes of the task, somebody reads the record again.
* Its ``read_at`` never goes back: a claim with an older read is refused. A read that finds nothing to do is a *look*,
  and counts as well.
* The outcome of an import or a removal is recorded only while its process has the claim. If another one has taken the
  claim over, a request of either may arrive after that of the other: the record is sent once more, some minutes later.
  So it is when a request got no answer, because it may still arrive.
* A claim includes the *turn* of the record's customer, because Upflow asks that requests for one customer never
  overlap (https://docs.upflow.io).

The outcome of a record that was skipped or rejected is recorded unless a newer read is known, and leaves the claim of
another process as it is. Each rule is one atomic statement, and each statement is built once.
"""
