"""How Postfix and Sendmail differ with the same filter. ROWS has the rows of the table in
polymilter(8), under their names there: for each MTA what differences.test expects of it.
"""

# Texts that begin with a reply's code are regular expressions for its beginning.
#
# NO_ANSWER: the MTA's replies to a client when the filter does not answer, for each setting of
# the MTA for that case. action: the setting's value (default_action, F=). absent: the filter
# cannot be reached: the greeting, and the reply to MAIL. rcpt: the filter ended after its answer
# to MAIL: the reply to RCPT. end: the filter ended while it had the message: the reply to its end.
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

ADDRESSES = [b"To: a@example.org,\r\n\tb@example.org,c@example.org\r\n",
             b"Cc: ann@example.com <a@example.org>\r\n", b"Reply-To: Ann <ann@example.org\r\n"]

ROWS = {
    # The queue id in the log of a message that is refused at MAIL.
    "queue id": {"postfix": "NOQUEUE", "sendmail": r"\w{14}"},
    # A header is inserted at index 0 and another one at 1: the bytes above the MTA's own Received,
    # and the bytes directly below it.
    "Received": {"postfix": (b"X-Here: 0\r\n", b"X-Here: 1\r\n"),
                 "sendmail": (b"X-Here: 0\r\n", b"X-Here: 1\r\n")},
    # The parameters to RCPT, at the next server, for a recipient that replaces another one.
    "recipients": {"postfix": ["ORCPT=rfc822;john@new.example"], "sendmail": []},
    # Whether the filter gets the Date that the MTA adds: the header of a rule for mail without Date.
    "missing fields": {"postfix": None, "sendmail": b"X-Said: no-date\r\n"},
    # Header fields with addresses as they are delivered; the client sends ADDRESSES.
    "address fields": {
        "postfix": ADDRESSES,
        "sendmail": [b"To: a@example.org, b@example.org, c@example.org\r\n",
                     b'Cc: "ann@example.com" <a@example.org>\r\n',
                     b"Reply-To: Ann <ann@example.org>\r\n"]},
    # A From without a domain as it is delivered, of other clients and of the MTA's own; and whether
    # the filter saw it without: the field of a rule.
    "no domain": {
        "postfix": [(b"From: ceo\r\n", True), (b"From: ceo@example.test\r\n", False)],
        "sendmail": [(b"From: ceo@mx.example.test\r\n", True)] * 2},
    # The value that the filter gets of a header with the value "a" NUL "b".
    "NUL": {"postfix": b"X-Saw: a\r\n", "sendmail": b"X-Saw: ab\r\n"},
    # The reply to a header of 70,000 bytes, and how many bytes of it the filter gets.
    "long field": {"postfix": ("250 ", range(59000, 61500)),
                   "sendmail": (r"552 5\.6\.0 Headers too large", None)},
    "bare line feed": {"postfix": "250 ", "sendmail": r"421 4\.5\.0 Bare linefeed"},
    # What held() returns: Postfix does not store the reason of a quarantine.
    "quarantine": {"postfix": True,
                   "sendmail": "hold"},
    # The filter's refusals of two recipients, as the client gets them.
    "replies": {"postfix": ["550 5.7.1 No", "451 4.7.1 Later"],
                "sendmail": ["550 5.7.1 <no@example.org>... No", "451 4.7.1 Later"]},
    # The reply to the next command after 20 refused recipients.
    "refused recipients": {"postfix": r"421 4\.7\.0 .*too many errors", "sendmail": "250 "},
    "daemon_name": {"postfix": "mx.example.test", "sendmail": "fields"},
    "EHLO": {"postfix": {"SMTPUTF8", "CHUNKING"}, "sendmail": set()},
    # The client in the log line of a local program's mail.
    "local programs": {"postfix": r"client=localhost\[127\.0\.0\.1\]",
                       "sendmail": r"client=localhost\[\]"},
    "timeouts": LATER,
    "progress": LATER,
    "stopped": LATER,
    "killed": LATER,
    "hung": LATER,
    **NO_ANSWER,
}
