"""Messages of the benchmark. Most tables use polymilterctl bench's built-in message instead."""

LINE = "The quick brown fox jumps over the lazy dog, and the dog sleeps on.\r\n"

# A message as a mail program submits it; it gets a footer.
SUBMITTED = """\
Date: Tue, 14 Oct 2025 11:20:54 +0200
From: Ann Miller <ann@example.com>
To: Bob Jones <bob@old.example>, carol@example.edu
Subject: Notes of our meeting, and the plan for the next release
Message-ID: <CAHk7pXw3bq1m9s-Yt6uLz0e@mail.example.com>
In-Reply-To: <20251013184502.GA21877@old.example>
References: <20251012101500.1f2e3d4c@example.edu>
 <20251013184502.GA21877@old.example>
User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101
Content-Language: en-GB
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 7bit
"""

# A message that the first of the ten rules matches.
REJECTED = """\
Received: from mail.example.net (mail.example.net [192.0.2.8])
\tby mx1.example.com (Postfix) with ESMTPS id 4Xk9Tz2qL7z3f8c
\tfor <bob@example.com>; Tue, 14 Oct 2025 09:21:07 +0000 (UTC)
Date: Tue, 14 Oct 2025 11:20:54 +0200
From: Shop <shop@example.net>
To: bob@example.com
Subject: Cheap pills for you
Message-ID: <20251014112054.9x8w7v@mail.example.net>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 7bit
"""


def write(path, header, size):
    """Writes a message of size bytes, with CRLF, and returns path."""
    head = header.replace("\n", "\r\n") + "\r\n"
    left = size - len(head)
    body = LINE * (left // len(LINE)) + LINE[-(left % len(LINE)):] * bool(left % len(LINE))
    with open(path, "w", encoding="ascii", newline="") as f:
        f.write(head + body)
    return path
