"""Plays the Cases of scenarios.py with real MTAs: CaseTest is a test class that sends the message
of a case, and compares the replies, the delivered message, the queue and the daemon's log line.

    class Rows(play.CaseTest):
        def test_D1a(self):
            self.row(ROWS["D1a"])
"""
import functools
import time

import beside
import daemon
from scenarios import TEXT, mask_boundary, wire

MESSAGE = wire(TEXT + "\nHello\n")


class CaseTest(beside.MtaTest):
    """kind: what the name of a chain's service ends in, for each MTA. At the end of the class each
    message that a case has sent must have exactly one log line."""

    kind = {"postfix": "unix", "sendmail": "unix"}

    @classmethod
    def setUpClass(cls):
        cls.log = beside.registered("daemon").log
        cls.since, cls.sent = len(cls.log), []

    @classmethod
    def tearDownClass(cls):
        daemon.wait_for("all lines", lambda: len(cls.log.find(": verdict=", cls.since)) >=
                        len(cls.sent))
        time.sleep(0.1)  # time for a line too many
        assert len(cls.log.find(": verdict=", cls.since)) == len(cls.sent), cls.log

    def service(self, mta, chain):
        return f"{chain}-{self.kind[mta.name]}"

    def row(self, cases, *mtas):
        """Plays the cases of a row, with these MTAs (none: with both) at the same time."""
        self.run_in_parallel({mta.name: functools.partial(self.play_all, cases, mta)
                              for mta in mtas or (self.postfix, self.sendmail)})

    def play_all(self, cases, mta):
        for case in cases:
            self.play(case, mta)

    def play(self, case, mta):
        since = len(self.log)
        service = self.service(mta, case.chain)
        result = self.send(mta, service, case.message, case.sender, case.rcpts, case.client)
        self.check_replies(case, mta, result)
        line = self.message_line(result.queue_id, since, service)
        for pattern in case.log:
            self.assertRegex(line, pattern)
        for pattern in case.not_log:
            self.assertNotRegex(line, pattern)
        if case.held or case.gone:
            self.assertEqual(bool(mta.held(result.queue_id)), case.held, result)
            self.check_not_delivered(case, mta, result)
        elif result.ok:
            self.check_delivered(case, mta, result)

    def send(self, mta, service, message, sender="<alice@example.com>", rcpts=(), client=None):
        self.sent.append(service)
        with mta.client(service, **(client or {})) as c:
            result = c.deliver(message, sender=sender, rcpts=rcpts)
            c.quit()
        return result

    def check_replies(self, case, mta, result):
        self.assert_said(mta, result.mail, case.mail)
        for reply, pattern in zip(result.rcpts, case.rcpt, strict=True):
            self.assert_said(mta, reply, pattern)
        if case.data is not None:
            self.assert_reply(result.data, case.data)

    def check_not_delivered(self, case, mta, result):
        """The message was accepted; it is in quarantine, or nowhere: in no queue, and, asked
        behind it since a message leaves the queue when it has been delivered, at no server."""
        self.assertTrue(result.ok, result)
        if case.gone:
            self.assertFalse(mta.queued(result.queue_id), result)
        self.assertEqual(mta.find_delivered(result.queue_id), [])

    def check_delivered(self, case, mta, result):
        accepted = [r.partition(" ")[0] for r, reply in zip(case.rcpts, result.rcpts)
                    if reply.code == 250]
        message = mta.delivered(result.queue_id)
        above, below = mta.below_received(message.data)
        self.assertEqual(above, b"")
        self.assertEqual(mask_boundary(below), case.delivered_by.get(mta.name, case.delivered))
        self.assertEqual(message.to, sorted(case.to or accepted))

    def check_arguments(self, chain, rcpt, to, args, hold="hold"):
        """The chain replaces the recipient rcpt by to: NOTIFY and ORCPT of the client, args, are
        then those of the new one. hold: a service of Postfix with that chain, which holds all
        mail."""
        rcpts = [" ".join([rcpt, *args])]
        self.run_in_parallel({
            "postfix": functools.partial(self._check_queued_arguments, hold, rcpts, to, args),
            "sendmail": functools.partial(self._check_sent_arguments, chain, rcpts, to, args)})

    def _check_sent_arguments(self, chain, rcpts, to, args):
        """Sendmail: as it sends them to the next server."""
        mta = self.sendmail
        result = self.send(mta, self.service(mta, chain), MESSAGE, rcpts=rcpts)
        self.assertEqual(mta.delivered(result.queue_id).rcpts, [(to, args)])

    def _check_queued_arguments(self, hold, rcpts, to, args):
        """Postfix: in the queue file of a message on hold. To the next server it would send
        parameters of its own, too."""
        result = self.send(self.postfix, hold, MESSAGE, rcpts=rcpts)
        self.assertTrue(result.ok, result)
        records = live_recipient(self.postfix.queue_file(result.queue_id))
        flags = {"NOTIFY=FAILURE": "4", "NOTIFY=NEVER": "1"}
        self.assertEqual(records.get("recipient"), [to.strip("<>")])
        self.assertEqual(records.get("notify_flags"), [flags[a] for a in args[:1]] or None)
        self.assertEqual(records.get("dsn_orig_rcpt"),
                         [a.removeprefix("ORCPT=").replace("+2B", "+") for a in args[1:]] or None)


def row_test(cases, *mtas):
    """A test method that plays a row; mtas: the names of the MTAs that can (none: both)."""
    return lambda self: self.row(cases, *[getattr(self, name) for name in mtas])


def live_recipient(records):
    """The records of the last recipient that is not deleted, in the output of postcat -e: {name:
    [values]}, from behind the recipient before it up to its own."""
    found, current = {}, {}
    for line in records.splitlines():
        name, _, value = line.removeprefix("named_attribute: ").partition(": ")
        if "=" in name and not value:
            name, _, value = name.partition("=")
        current.setdefault(name, []).append(value)
        if name in ("recipient", "canceled_recipient", "done_recipient"):
            found = current if name == "recipient" else found
            current = {}
    return found
