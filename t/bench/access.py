"""The group "access" of t/bench/run: what a recipient costs that is looked up in a large table."""
import statistics

from loads import at_most, cell
from report import Table
from servers import play, start

KEYS = 100000
COST_US = 5  # the threshold of one recipient
MANY = 100   # recipients of a message, of which all but the first are the difference

# Each answers at RCPT.
SECTIONS = """
table "large" {{ type = "text"  file = "{dir}/large"  actions = yes }}
table "small" {{ type = "text"  file = "{dir}/small"  actions = yes }}
access "large" {{ rule "doors" {{ table = "large"  lookup = "recipient" }} }}
access "small" {{ rule "doors" {{ table = "small"  lookup = "recipient" }} }}
size "few" {{ recipients = 1000 }}
listener "large" {{ socket = "unix:@DIR@/large.sock"  chain = {{ "large" }} }}
listener "small" {{ socket = "unix:@DIR@/small.sock"  chain = {{ "small" }} }}
listener "few" {{ socket = "unix:@DIR@/few.sock"  chain = {{ "few" }} }}
"""
TITLES = {"large": f"access, a table of {KEYS} keys", "small": "access, a table of one key",
          "few": "size { recipients }, no access"}


def sections(chain, directory):
    """What a server needs for such a chain, with its tables in the directory; "" for others. The
    keys are addresses and domains; none is one of the recipients, so that all forms of their
    addresses are looked up."""
    if chain not in TITLES:
        return ""
    with open(f"{directory}/large", "w", encoding="ascii") as f:
        for i in range(KEYS // 2):
            f.write(f"user{i}@d{i % 997}.example.com REJECT No mail for you\n"
                    f"host{i}.example.org 450 4.7.1 Later\n")
    with open(f"{directory}/small", "w", encoding="ascii") as f:
        f.write("nobody@example.com REJECT\n")
    return SECTIONS.format(dir=directory)


def recipients(n):
    """Half of them have an extension."""
    return ",".join(f"user{i * 7919}{'+tag' * (i % 2)}@d{i}.mail.example.net" for i in range(n))


def play_one(server, n, count):
    """CPU time of a message with n recipients."""
    return play(server, "--messages", str(count), "--connections", "16", "--rcpt",
                recipients(n))["cpu_us_per_message"]


def measure(settings):
    """CPU time of a message by chain and number of recipients, in rounds: {(chain, n): [us]}."""
    found = {(chain, n): [] for chain in TITLES for n in (1, MANY)}
    for i in range(settings.rounds):  # a worker retires after many messages
        with start("polymilter", "large", more=sections("large", settings.dir)) as server:
            for (chain, n), results in list(found.items())[::-1 if i % 2 else 1]:
                server.address = server.address_of(chain)
                play_one(server, n, settings.few(500))
                results.append(play_one(server, n, settings.few(10000 if n == 1 else 1000)))
    return found


def access(settings):
    """The group "access"."""
    found, rows, each = measure(settings), [], {}
    for chain, title in TITLES.items():
        one, many = found[chain, 1], found[chain, MANY]
        each[chain] = [(b - a) / (MANY - 1) for a, b in zip(one, many)]
        rows.append([title, cell(one), cell(many), f"{statistics.median(each[chain]):.2f}"])
    more = statistics.median(a - b for a, b in zip(each["large"], each["few"]))
    return Table(
        f"access at RCPT: a table of {KEYS} keys",
        head=["CPU, us", "message, 1 recipient", f"message, {MANY} recipients", "each recipient"],
        rows=rows, thresholds=at_most("CPU us of one recipient, more than without access", more,
                                      COST_US),
        notes=["A recipient is all of its work: the frame of RCPT and its macros, the decision, "
               "the answer, which the client waits for. No recipient is in a table."])
