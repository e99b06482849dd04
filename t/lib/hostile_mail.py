"""Mails that cost a careless reader of MIME much time or memory: for t/process/hostile.test.

ROWS is a table of name: function(size), which returns the header fields and the body, of about
size bytes, of a mail. Its cost must grow linearly with its size, up to a limit."""
import base64

CRLF = b"\r\n"
MIXED = b"multipart/mixed; boundary=b"
ROWS = {}


def row(function):
    ROWS[function.__name__.replace("_", " ")] = function
    return function


def fill(size, piece):
    """The pieces, or what piece(i) returns for i = 0, 1, ..., up to this size."""
    if isinstance(piece, bytes):
        return piece * (size // len(piece))
    pieces, at = [], 0
    while at < size:
        pieces.append(piece(len(pieces)))
        at += len(pieces[-1])
    return b"".join(pieces)


def mail(body, content_type=MIXED, *fields):
    return ((b"MIME-Version", b"1.0"), (b"Content-Type", content_type)) + fields, body


def part(content, *fields):
    return b"".join(f + CRLF for f in (b"--b",) + fields) + CRLF + content + CRLF


def parts(size, content, *fields):
    return mail(fill(size, part(content, *fields)) + b"--b--\r\n")


def encoded(data, name):
    if name == b"base64":
        return base64.encodebytes(data).replace(b"\n", CRLF)
    return data.replace(b"=", b"=3D")


# ---- many parts, many parameters ----

@row
def empty_parts(size):
    return mail(fill(size, b"--b\r\n\r\n"))


@row
def named_parts(size):
    return mail(fill(size, lambda i: part(b"x", b"Content-Type: a/b; name=f%d.txt" % i)))


@row
def parameters_of_one_part(size):
    return mail(b"--b\r\nContent-Type: a/b" + fill(size, b"; a=b") + b"\r\n\r\n--b--\r\n")


@row
def parameters_of_many_parts(size):
    return parts(size, b"x", b"Content-Type: a/b" + b";a=b" * 128)


@row
def sections(size):
    return parts(size, b"x", b"Content-Type: a/b" +
                 b"".join(b";name*%d=x" % i for i in range(128)))


@row
def sections_of_many_names(size):
    return parts(size, b"x", b"Content-Disposition: attachment" +
                 b"".join(b";a%d*0=x" % i for i in range(128)))


@row
def sections_out_of_order(size):
    return parts(size, b"x", b"Content-Disposition: attachment" +
                 b"".join(b";filename*%d*=x" % i for i in range(127, -1, -1)))


@row
def repeated_sections(size):
    return parts(size, b"x", b"Content-Type: a/b" + b";name*0*=utf-8''x" * 128)


@row
def names_of_one_part(size):
    return parts(size, b"x", b"Content-Type: a/b" +
                 b"".join(b";name=f%d" % i for i in range(32)))


@row
def fields_with_names(size):
    return parts(size, b"x", *[b"Content-Disposition: attachment; filename=f%d" % i
                               for i in range(128)])


@row
def long_names(size):
    return parts(size, b"x", b"Content-Type: a/b; name=" + b"n" * 4000 + b".txt")


@row
def one_long_name(size):
    return mail(part(b"x", b"Content-Type: a/b; name=\"" + b"n" * size + b".txt\""))


@row
def dots_in_names(size):
    return parts(size, b"x", b"Content-Type: a/b; name=\"" + b"a.b." * 1000 + b"\"")


@row
def repeated_fields(size):
    return mail(b"--b\r\n" + fill(size, lambda i: b"Content-Type: a/b; name=f%d\r\n" % i))


# ---- names with encodings ----

@row
def charsets_of_names(size):
    charsets = [b"utf-7", b"gb18030", b"iso-2022-jp", b"utf-16", b"big5", b"koi8-r", b"shift_jis"]
    return parts(size, b"x", b"Content-Type: a/b" +
                 b"".join(b";name*=%s''+%%41" % charsets[i % len(charsets)] for i in range(100)))


@row
def encoded_words_in_names(size):
    return parts(size, b"x", b"Content-Type: a/b; name=\"" + b"=?utf-7?q?+?= " * 80 + b"\"")


@row
def encoded_words_of_charsets(size):
    return parts(size, b"x", b"Content-Type: a/b; name=\"" +
                 b"=?utf-7?q?+?= =?gb18030?b?////?= =?big5?q?=A1?= " * 30 + b"\"")


@row
def unfinished_encoded_words(size):
    return parts(size, b"x", b"Content-Type: a/b; name=\"" + b"=?a?q?" * 500 + b"\"")


@row
def nul_in_names(size):
    return parts(size, b"x", b"Content-Type: a/b; name*=utf-8''" + b"a%00.exe" * 200)


@row
def encoded_word_as_type(size):
    return parts(size, b"x", b"Content-Type: =?utf-8?q?" + b"a/b=3B_name=3Dx=3B" * 40 + b"?=")


# ---- broken headers ----

def broken(size, block):
    return mail(b"--b\r\nbad header\r\n\r\n" + fill(size, block))


@row
def names_in_broken_headers(size):
    return broken(size, b"Content-Type:a/b" + b"name*=utf-7''+" * 72 + b"\r\n\r\n")


@row
def name_equals_in_broken_headers(size):
    return broken(size, b"Content-Type: x" + b"name=name*=" * 60 + b"\r\n\r\n")


@row
def short_blocks(size):
    return broken(size, b"Content-Type: a/b; name=x\r\n\r\n")


@row
def one_block(size):
    return broken(size, b"Content-Type: a/b; name=\"x\r\n")


@row
def block_of_bad_lines(size):
    return broken(size, b"Content-Type: a/b; name=x\r\n" + b"bad line\r\n" * 30)


@row
def comments_in_broken_headers(size):
    return broken(size, b"Content-Type: a/b; name=a(b)c.exe(d)\r\n\r\n")


@row
def open_quotes(size):
    return broken(size, b"Content-Disposition: x; filename=\"" + b"a\\\"b;" * 40 + b"\r\n\r\n")


@row
def folded_broken_headers(size):
    return broken(size, b"Content-Type: a/b;\r\n" + b" name=x\r\n" * 60 + b"\r\n")


@row
def lone_cr(size):
    return broken(size, b"--\rContent-Type: a/b; name=x\r\r")


@row
def irregular_parameters(size):
    return parts(size, b"x", b"Content-Type: a/b; name=a b\"c" + b";name=x" * 30)


# ---- boundaries ----

@row
def near_delimiters(size):
    return mail(fill(size, b"--bx\r\n--b-\r\n--b --\r\n"))


@row
def prefixes_of_a_boundary(size):
    return mail(fill(size, b"--b junk\r\n\r\n"))


@row
def boundary_with_specials(size):
    return mail(fill(size, b"--bb\r\n\r\nx\r\n--bb=x\r\n\r\n"), b"multipart/mixed; boundary=bb=x(y)")


@row
def boundary_as_encoded_word(size):
    return mail(fill(size, b"--b\r\n\r\n--=?utf-8?q?b?=\r\n\r\n"),
                b"multipart/mixed; boundary=\"=?utf-8?q?b?=\"")


@row
def many_boundaries(size):
    return mail(fill(size, b"--a\r\n\r\n--b\r\n\r\n--c\r\n\r\n"), b"multipart/mixed" +
                b"".join(b"; boundary=%c" % (97 + i) for i in range(26)))


@row
def boundaries_of_all_parts(size):
    return mail(fill(size, lambda i: part(
        b"--x\r\n\r\n--y\r\n\r\n--z\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=x=%d; boundary=\"y\"; boundary=z(c)" % i)))


@row
def nested_multiparts(size):
    return mail(b"--b\r\n" + fill(
        size, lambda i: b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i)))


@row
def nested_with_odd_boundaries(size):
    return mail(b"--b\r\n" + fill(
        size,
        lambda i: b"Content-Type: multipart/mixed; boundary=b%d=x--\r\n\r\n--b%d\r\n" % (i, i)))


@row
def deep_with_dashes(size):
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=%060d\r\n\r\n--%060d\r\n" % (i, i)
                    for i in range(98))
    return mail(b"--b\r\n" + deep + fill(size, b"--%060d\r\n" % 999))


@row
def parts_behind_the_close_delimiter(size):
    return mail(b"--b\r\n\r\n--b--\r\n" + fill(size, b"--b\r\n\r\nx\r\n--b--\r\n"))


@row
def closed_multiparts(size):
    return mail(fill(size, part(b"--c\r\n\r\n--c--\r\n--c\r\n\r\nx\r\n--c--",
                                b"Content-Type: multipart/mixed; boundary=c")))


# ---- containers ----

@row
def nested_messages(size):
    return mail(fill(size, b"Content-Type: message/rfc822\r\n\r\n"), b"message/rfc822")


@row
def messages_in_parts(size):
    return parts(size, b"Content-Type: a/b; name=x\r\n\r\nx", b"Content-Type: message/rfc822")


def encoded_multiparts(size, encoding, inner):
    return mail(fill(size, part(encoded(inner, encoding),
                                b"Content-Type: multipart/mixed; boundary=x",
                                b"Content-Transfer-Encoding: " + encoding)) + b"--b--\r\n")


@row
def base64_multiparts(size):
    return encoded_multiparts(size, b"base64", b"--x\r\n\r\n" * 9900)


@row
def small_base64_multiparts(size):
    return encoded_multiparts(size, b"base64", b"--x\r\n\r\n" * 20)


@row
def quoted_printable_multiparts(size):
    return encoded_multiparts(size, b"quoted-printable", b"--x\r\n\r\n" * 500)


@row
def one_base64_multipart(size):
    return encoded_multiparts(size, b"base64", fill(size * 7 // 10, b"--x\r\n\r\n"))


@row
def text_in_a_base64_multipart(size):
    return encoded_multiparts(size, b"base64", fill(size * 7 // 10, b"--x\r\n\r\n" + b"x" * 60000))


@row
def encoded_in_encoded(size):
    inner = b"x" * (size // 4)
    for _ in range(3):
        inner = (b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
                 encoded(inner, b"base64"))
    return mail(inner, b"message/rfc822")


@row
def quoted_printable_in_quoted_printable(size):
    inner = fill(size, b"Content-Type: a/b; name=x\r\n\r\nx\r\n")
    for _ in range(5):
        inner = (b"Content-Type: message/rfc822\r\n"
                 b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + inner)
    return mail(inner, b"message/rfc822")


@row
def encoded_multiparts_with_broken_headers(size):
    return encoded_multiparts(size, b"base64",
                              b"--x\r\nbad\r\n\r\n" + b"Content-Type: a/b; name=x\r\n\r\n" * 90)


@row
def nonsense_encodings(size):
    return parts(size, b"--x\r\n\r\n--x--", b"Content-Type: multipart/mixed; boundary=x",
                 b"Content-Transfer-Encoding: nonsense")


@row
def unlabelled_encoding(size):
    return parts(size, b"TVqQAAMAAAAEAAAA" * 700, b"Content-Type: application/x; name=x",
                 b"Content-Transfer-Encoding: nonsense")


# ---- contents ----

@row
def files_behind_blank_lines(size):
    return parts(size, b"\r\n" * 9000 + b"TVqQAAMA", b"Content-Type: image/png; name=x",
                 b"Content-Transfer-Encoding: base64")


@row
def files_behind_soft_breaks(size):
    return parts(size, b"=\r\n" * 5000 + b"MZ", b"Content-Type: image/png; name=x",
                 b"Content-Transfer-Encoding: quoted-printable")


@row
def one_file_behind_blank_lines(size):
    return mail(part(fill(size, b"\r\n") + b"TVqQAAMA", b"Content-Type: image/png; name=x",
                     b"Content-Transfer-Encoding: base64") + b"--b--\r\n")


@row
def blank_contents_in_broken_headers(size):
    return broken(size, b"Content-Type: a/b; name=x\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
                  b"\r\n" * 500)


@row
def shared_blank_content(size):
    blocks = b"Content-Type: a/b; name=x\r\nContent-Transfer-Encoding: base64\r\nbad\r\n\r\n"
    return mail(b"--b\r\nbad\r\n\r\n" + fill(min(size // 2, 300000), blocks) +
                fill(size // 2, b"\r\n") + b"TVqQAAMA")


def labelled(size, label, content):
    return mail(part(fill(size, content), b"Content-Type: image/png; name=x",
                     b"Content-Transfer-Encoding: " + label) + b"--b--\r\n")


@row
def padding(size):
    return labelled(size, b"base64", b"=")


@row
def junk_in_base64(size):
    return labelled(size, b"base64", b"\xff= ")


@row
def padding_in_parts(size):
    return parts(size, b"=" * 500, b"Content-Type: image/png; name=x",
                 b"Content-Transfer-Encoding: base64")


@row
def shared_padding(size):
    blocks = b"Content-Type: a/b; name=x\r\nContent-Transfer-Encoding: base64\r\nbad\r\n\r\n"
    return mail(b"--b\r\nbad\r\n\r\n" + fill(min(size // 2, 300000), blocks) +
                fill(size // 2, b"="))


@row
def empty_uuencoded_lines(size):
    return labelled(size, b"x-uuencode", b"begin 644 x\r\n`\r\n")


@row
def uuencoded_junk(size):
    return labelled(size, b"uuencode", b"begin\r\n")


@row
def blank_lines_in_an_unknown_encoding(size):
    return labelled(size, b"x-nonsense", b"=\r\n")


@row
def unknown_encodings(size):
    return parts(size, b"\r\n" * 300, b"Content-Type: image/png; name=x",
                 b"Content-Transfer-Encoding: x-nonsense")


@row
def uuencoded_blocks(size):
    return mail(fill(size, lambda i: b"begin 644 f%d.exe\r\n#0V%%T\r\n`\r\nend\r\n" % i),
                b"text/plain")


@row
def begins_without_end(size):
    return mail(fill(size, b"begin 644 x.exe\r\n"), b"text/plain")


@row
def begins_without_end_in_parts(size):
    return parts(size, b"begin 644 x.exe\r\n" * 40, b"Content-Type: text/plain")


@row
def uuencoded_lines(size):
    return mail(b"begin 644 x.exe\r\n" + fill(size, b"M" + b"0V%T" * 15 + b"\r\n") + b"end\r\n",
                b"text/plain")


@row
def uuencoded_in_quoted_printable(size):
    return mail(fill(size, b"begin 644 x=2Eexe\r\n=23=300V%T\r\n`\r\nen=64\r\n"), b"text/plain",
                (b"Content-Transfer-Encoding", b"quoted-printable"))


def html(size, piece):
    return mail(fill(size, piece), b"text/html; charset=utf-8")


@row
def tags(size):
    return html(size, b"<a>")


@row
def open_elements(size):
    return html(size, b"<div><select><object>")


@row
def hidden_elements(size):
    return html(size, b"<div style=\"display:none\">")


@row
def blockquotes(size):
    return html(size, b"<blockquote>x</blockquote>")


@row
def open_blockquotes(size):
    return html(size, b"<blockquote>x")


@row
def nested_lists_closed_wrongly(size):
    return html(size, b"<ul><li><p></div></td>")


@row
def open_comments(size):
    return html(size, b"<!--")


@row
def open_tags(size):
    return html(size, b"<a b=\"")


@row
def raw_elements(size):
    return html(size, b"<script><!--<script></script>")


@row
def attributes(size):
    return mail(b"<a" + fill(size, b" a=b") + b">", b"text/html")


@row
def entities(size):
    return html(size, b"&#65;&amp")


@row
def bodies(size):
    return html(size, b"</body></html>")


@row
def html_in_quoted_printable(size):
    return mail(fill(size, b"=3Ca=3E=\r\n"), b"text/html",
                (b"Content-Transfer-Encoding", b"quoted-printable"))


@row
def html_in_parts(size):
    return mail(fill(size, b"--b\r\nContent-Type: text/html\r\n\r\n<div><p>\r\n") + b"--b--\r\n",
                b"multipart/alternative; boundary=b")


@row
def texts_in_parts(size):
    return mail(fill(size, b"--b\r\nContent-Type: text/plain; charset=utf-16\r\n\r\n\0a\0\n\r\n") +
                b"--b--\r\n", b"multipart/alternative; boundary=b")


@row
def quoted_lines(size):
    return mail(fill(size, b"> > > the footer\r\n"), b"text/plain")


@row
def almost_the_footer(size):
    return mail(fill(size, b"the foote"), b"text/plain")


@row
def escape_sequences(size):
    return mail(fill(size, b"\x1b$B\x1b(B"), b"text/plain; charset=iso-2022-jp")


@row
def other_charset(size):
    return mail(fill(size, b"l\xf6ng text\r\n"), b"text/plain; charset=iso-8859-1")


@row
def one_line(size):
    return mail(b"x" * size, b"text/plain")
