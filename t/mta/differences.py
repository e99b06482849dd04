"""What Postfix and Sendmail make of the same filter: the rows of the table in polymilter(8) by
their names, and what the tests expect of each MTA there."""

# A reply's beginning, as regular expressions. What a client is told when the filter does not
# answer, by what the MTA was told to do then. absent: the greeting and the answers to MAIL;
# rcpt, end: it died after MAIL was answered, and while it looked at the message.
LATER = {"postfix": r"451 4\.7\.1 ", "sendmail": r"451 4\.3\.2 "}
CLOSED = r"421 4\.\d\.0 "
NO_ANSWER = {
    "F=T": {
        "postfix": {"action": "tempfail", "absent": ["220 ", LATER["postfix"]],
                    "rcpt": LATER["postfix"], "end": LATER["postfix"]},
        "sendmail": {"action": "T", "absent": ["220 ", LATER["sendmail"]],
                     "rcpt": LATER["sendmail"], "end": LATER["sendmail"]}},
    "F=R": {
        "postfix": {"action": "reject", "absent": ["554 ", r"550 5\.5\.0 "],
                    "rcpt": r"550 5\.5\.0 ", "end": r"550 5\.5\.0 "},
        "sendmail": {"action": "R", "absent": ["554 ", r"550 5\.0\.0 "],
                     "rcpt": r"550 5\.7\.1 ", "end": r"554 5\.7\.1 "}},
    "no F=": {
        "postfix": {"action": "accept", "absent": ["220 ", "250 "], "rcpt": "250 ",
                    "end": "250 "},
        "sendmail": {"action": "", "absent": ["220 ", "250 "], "rcpt": "250 ", "end": "250 "}},
    "F=4": {
        "sendmail": {"action": "4", "absent": [CLOSED], "rcpt": CLOSED, "end": CLOSED}},
    "hold": {
        "postfix": {"action": "quarantine", "absent": ["220 ", "250 "], "rcpt": "250 ",
                    "end": "250 "}},
}

ROWS = {
    # The id of what is refused at MAIL.
    "queue id": {"postfix": "NOQUEUE", "sendmail": r"\w{14}"},
    # What stands above the MTA's own Received when we insert at 0 and at 1, what right below.
    "Received": {"postfix": (b"X-Here: 0\r\n", b"X-Here: 1\r\n"),
                 "sendmail": (b"X-Here: 0\r\n", b"X-Here: 1\r\n")},
    # What the next server is told of a recipient that we put in another's place.
    "recipients": {"postfix": ["ORCPT=rfc822;john@new.example"], "sendmail": []},
    # Whether the filter sees a Date that the MTA adds: what its rule says then.
    "missing fields": {"postfix": None, "sendmail": b"X-Said: no-date\r\n"},
    # A list of addresses, which went in as LIST.
    "folding": {"postfix": b"To: a@example.org,\r\n\tb@example.org,c@example.org\r\n",
                "sendmail": b"To: a@example.org, b@example.org, c@example.org\r\n"},
    # What the filter saw of a field with the value a NUL b.
    "NUL": {"postfix": b"X-Saw: a\r\n", "sendmail": b"X-Saw: ab\r\n"},
    # The answer to a field of 70,000 bytes, and how much of it the filter saw.
    "long field": {"postfix": ("250 ", range(59000, 61500)),
                   "sendmail": (r"552 5\.6\.0 Headers too large", None)},
    "bare line feed": {"postfix": "250 ", "sendmail": r"421 4\.5\.0 Bare linefeed"},
    # What is kept of the reason.
    "quarantine": {"postfix": True,
                   "sendmail": "hold"},
    "daemon_name": {"postfix": "mx.example.test", "sendmail": "fields"},
    "EHLO": {"postfix": {"SMTPUTF8", "CHUNKING"}, "sendmail": set()},
    # The client in the log, and what becomes of mail that is refused at the end.
    "local programs": {"postfix": r"client=localhost\[127\.0\.0\.1\]",
                       "sendmail": r"client=localhost\[\]"},
    "timeouts": LATER,
    "progress": LATER,
    "stopped": LATER,
    "killed": LATER,
    "hung": LATER,
    **NO_ANSWER,
}
LIST = b"To: a@example.org,\r\n\tb@example.org,c@example.org\r\n"
