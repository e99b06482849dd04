/* Makes the message that bench sends: see sample.h. */
#include "ctl/sample.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ctl/mail_text.h"
#include "util/arena.h"

#define READ_BYTES 65536u

/* The header of a message that came through two hosts and a mailing list. */
static const struct mta_header builtin_headers[] = {
	{"Received", "from out3.lists.example.org (out3.lists.example.org [192.0.2.77])\n"
		     "\tby mx1.example.net (Postfix) with ESMTPS id 4Xk9Tz2qL7z3f8c\n"
		     "\tfor <bob@example.net>; Tue, 14 Oct 2025 09:21:07 +0000 (UTC)"},
	{"Received", "from lists.example.org (localhost [127.0.0.1])\n"
		     "\tby out3.lists.example.org (Postfix) with ESMTP id 7B1D220D5A;\n"
		     "\tTue, 14 Oct 2025 09:21:05 +0000 (UTC)"},
	{"Received",
	 "from mail-ed1-f41.example.com (mail-ed1-f41.example.com [198.51.100.41])\n"
	 "\tby lists.example.org (Postfix) with ESMTPS id 2A8F320C11\n"
	 "\tfor <devel@lists.example.org>; Tue, 14 Oct 2025 09:20:58 +0000 (UTC)"},
	{"Authentication-Results", "lists.example.org; dkim=pass header.d=example.com;\n"
				   "\tspf=pass smtp.mailfrom=ann@example.com"},
	{"DKIM-Signature",
	 "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=2024;\n"
	 "\th=from:to:subject:date:message-id:mime-version:content-type;\n"
	 "\tbh=n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=;\n"
	 "\tb=Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4\n"
	 "\t Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4="},
	{"From", "=?UTF-8?Q?Ann_M=C3=BCller?= <ann@example.com>"},
	{"To", "devel@lists.example.org"},
	{"Cc", "\"Bob Jones\" <bob@example.net>, carol@example.edu"},
	{"Subject", "Re: [devel] Meeting notes and the plan for the next release"},
	{"Date", "Tue, 14 Oct 2025 11:20:54 +0200"},
	{"Message-ID", "<CAHk7pXw3bq1m9s=Yt6uLz0e@mail.example.com>"},
	{"In-Reply-To", "<20251013184502.GA21877@example.net>"},
	{"References", "<20251012101500.1f2e3d4c@example.edu>\n"
		       " <20251013184502.GA21877@example.net>"},
	{"MIME-Version", "1.0"},
	{"Content-Type", "text/plain; charset=\"utf-8\"; format=flowed"},
	{"Content-Transfer-Encoding", "8bit"},
	{"User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101"},
	{"List-Id", "Development <devel.lists.example.org>"},
	{"List-Unsubscribe", "<https://lists.example.org/options/devel>,\n"
			     "\t<mailto:devel-leave@lists.example.org>"},
	{"Precedence", "list"},
	{"X-Mailman-Version", "3.3.8"},
	{NULL, NULL},
};

static const char body_line[] =
	"The quick brown fox jumps over the lazy dog, and the dog sleeps on\r\n";

/* Appends lines until the whole message has its size; at least one. */
static void
fill_sample_body(struct buf *body, size_t size)
{
	size_t used = mail_text_header_size(builtin_headers);

	do {
		size_t left = size > used + body->len ? size - used - body->len : 0;

		if (left >= sizeof(body_line) - 1 || body->len == 0)
			buf_puts(body, body_line);
		else
			buf_append(body, body_line + (sizeof(body_line) - 1 - left), left);
	} while (used + body->len < size);
}

void
sample_builtin(struct sample *s, size_t size)
{
	*s = (struct sample){.arena = arena_new(), .headers = builtin_headers};
	fill_sample_body(&s->body, size);
	s->size = mail_text_header_size(s->headers) + s->body.len;
}

static int
read_sample_file(const char *path, struct buf *text)
{
	FILE *f = fopen(path, "re");
	struct stat st;
	size_t n;

	if (!f)
		return -errno;
	if (fstat(fileno(f), &st) == 0 && S_ISDIR(st.st_mode))
		errno = EISDIR;
	else
		errno = 0;
	while (errno == 0 && (n = fread(buf_reserve(text, READ_BYTES), 1, READ_BYTES, f)) > 0) {
		text->len += n;
		if (text->len > SAMPLE_MAX)
			errno = EFBIG;
	}

	int r = -errno;

	fclose(f);
	return r;
}

int
sample_read(struct sample *s, const char *path)
{
	struct sample new = {.arena = arena_new()};
	struct buf text = {0};
	size_t body = 0, bad = 0;
	int r = read_sample_file(path, &text);

	if (r == 0)
		body = mail_text_read_headers(new.arena, buf_string(&text), text.len,
					      &new.headers, &bad);
	if (r == 0 && bad > 0)
		r = -EBADMSG;
	if (r == 0) {
		mail_text_read_body(&new.body, buf_string(&text) + body, text.len - body);
		new.size = mail_text_header_size(new.headers) + new.body.len;
		*s = new;
	} else {
		sample_free(&new);
	}
	buf_free(&text);
	return r;
}

void
sample_free(struct sample *s)
{
	s->arena = arena_free(s->arena);
	buf_free(&s->body);
}
