"""
PDFs of invoices and credit notes, from Stripe to Upflow, after the money.

``queue | read again | compare | download | upload | record``

A PDF never keeps a document out of Upflow, and one that cannot be had never keeps out another: it is rejected with its
reason, and due again later.
"""
