/* Reads SMTP dialogues: see smtp_session.h. */
#include "ctl/smtp_session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define SESSION_MAX (256u * 1024 * 1024) /* bytes of the file */
#define WORDS_MAX   20u			 /* parameters of MAIL */

struct smtp_reader {
	struct arena *arena;
	const char *path;
	FILE *file;
	char *line; /* without its end */
	size_t cap, len, number, bytes;
	struct smtp_session *session;
	struct smtp_transaction **end;
	struct smtp_transaction *open; /* after MAIL; NULL: none */
	struct buf rcpts;	       /* pointers, of the open one */
	struct buf *why;
};

static int
fail_dialogue(struct smtp_reader *r, const char *text)
{
	buf_printf(r->why, "%s:%zu: %s", r->path, r->number, text);
	return -EBADMSG;
}

/* 1; 0: the end of the file; or -EBADMSG. */
static int
next_dialogue_line(struct smtp_reader *r)
{
	ssize_t len = getline(&r->line, &r->cap, r->file);

	if (len < 0)
		return 0;
	r->number++;
	r->bytes += (size_t)len;
	if (r->bytes > SESSION_MAX)
		return fail_dialogue(r, "the file is larger than 256M");
	while (len > 0 && (r->line[len - 1] == '\n' || r->line[len - 1] == '\r'))
		r->line[--len] = '\0';
	r->len = (size_t)len;
	return 1;
}

/* The transaction is complete. */
static void
end_transaction(struct smtp_reader *r)
{
	const char *end = NULL;

	if (r->open == NULL)
		return;
	buf_append(&r->rcpts, &end, sizeof(end));
	r->open->rcpts = arena_dup(r->arena, r->rcpts.data, r->rcpts.len);
	buf_reset(&r->rcpts);
	r->open = NULL;
}

static int
on_helo(struct smtp_reader *r, const char *name)
{
	end_transaction(r);
	if (*name == '\0')
		return fail_dialogue(r, "the name is missing: EHLO NAME");
	if (r->session->helo != NULL && strcmp(r->session->helo, name) != 0)
		return fail_dialogue(r, "a session has one EHLO name");
	r->session->helo = arena_strdup(r->arena, name);
	return 0;
}

/* The words of MAIL: the path, which may have blanks in its quotes, and the parameters. */
static const char *const *
cut_words(struct arena *arena, const char *text)
{
	const char **words = arena_zalloc(arena, (WORDS_MAX + 1) * sizeof(*words));
	size_t n = 0;

	while (*text != '\0' && n < WORDS_MAX) {
		const char *close = *text == '<' ? strchr(text, '>') : NULL;
		size_t len = close != NULL ? (size_t)(close - text) + 1 : strcspn(text, " ");

		words[n++] = arena_strndup(arena, text, len);
		text += len;
		text += strspn(text, " ");
	}
	return words;
}

static bool
is_path(const char *s)
{
	return s != NULL && s[0] == '<' && s[strlen(s) - 1] == '>';
}

static int
on_mail(struct smtp_reader *r, const char *text)
{
	struct smtp_transaction *t = arena_zalloc(r->arena, sizeof(*t));

	end_transaction(r);
	t->line = r->number;
	t->sender = cut_words(r->arena, text);
	t->is_reset = true;
	if (!is_path(t->sender[0]))
		return fail_dialogue(r,
				     "the address is not in brackets: MAIL FROM:<a@b.example>");
	*r->end = t;
	r->end = &t->next;
	r->open = t;
	return 0;
}

static int
on_rcpt(struct smtp_reader *r, const char *text)
{
	const char *const *words = cut_words(r->arena, text);

	if (r->open == NULL)
		return fail_dialogue(r, "RCPT without a MAIL before it");
	if (!is_path(words[0]))
		return fail_dialogue(r,
				     "the address is not in brackets: RCPT TO:<a@b.example>");
	if (words[1] != NULL)
		return fail_dialogue(r, "parameters of RCPT cannot be played");
	buf_append(&r->rcpts, &words[0], sizeof(words[0]));
	return 0;
}

static void
append_mail_line(struct buf *mail, const struct smtp_reader *r)
{
	size_t dot = r->line[0] == '.';

	buf_append(mail, r->line + dot, r->len - dot);
	buf_putc(mail, '\n');
}

static int
on_data(struct smtp_reader *r, const char *text)
{
	struct buf mail = {0};
	int got;

	(void)text;
	if (r->open == NULL || r->rcpts.len == 0)
		return fail_dialogue(r, "DATA without a RCPT before it");
	while ((got = next_dialogue_line(r)) > 0 && strcmp(r->line, ".") != 0)
		append_mail_line(&mail, r);
	if (got > 0) {
		r->open->is_reset = false;
		r->open->len = mail.len;
		r->open->text = buf_move_to_arena(&mail, r->arena);
		end_transaction(r);
	}
	buf_free(&mail);
	if (got == 0)
		return fail_dialogue(r, "the message has no end: a line with a dot");
	return got < 0 ? got : 0;
}

static int
on_reset(struct smtp_reader *r, const char *text)
{
	(void)text;
	end_transaction(r);
	return 0;
}

static int
on_noop(struct smtp_reader *r, const char *text)
{
	(void)r;
	(void)text;
	return 0;
}

static const struct {
	const char *word;
	int (*on)(struct smtp_reader *r, const char *text);
} smtp_commands[] = {
	{"EHLO", on_helo}, {"HELO", on_helo},  {"MAIL FROM:", on_mail}, {"RCPT TO:", on_rcpt},
	{"DATA", on_data}, {"RSET", on_reset}, {"NOOP", on_noop},	{"QUIT", on_reset},
};

static int
read_command(struct smtp_reader *r)
{
	for (size_t i = 0; i < sizeof(smtp_commands) / sizeof(smtp_commands[0]); i++) {
		size_t len = strlen(smtp_commands[i].word);
		const char *text = r->line + len;

		if (!str_case_starts(r->line, smtp_commands[i].word))
			continue;
		if (r->line[len - 1] != ':' && *text != '\0' && *text != ' ')
			break;
		return smtp_commands[i].on(r, text + strspn(text, " "));
	}
	return fail_dialogue(r,
			     "no command that can be played: EHLO, HELO, MAIL FROM:, RCPT TO:, "
			     "DATA, RSET, NOOP or QUIT");
}

static int
read_dialogue(struct smtp_reader *r)
{
	int got;

	while ((got = next_dialogue_line(r)) > 0) {
		if (r->line[0] != '\0' && r->line[0] != '#')
			got = read_command(r);
		if (got < 0)
			return got;
	}
	end_transaction(r);
	if (got == 0 && ferror(r->file))
		return fail_dialogue(r, strerror(errno));
	return got;
}

int
smtp_session_read(struct arena *arena, const char *path, struct smtp_session *ret,
		  struct buf *why)
{
	struct smtp_reader r = {
		.arena = arena, .path = path, .session = ret, .end = &ret->first, .why = why};
	int status;

	*ret = (struct smtp_session){NULL, NULL};
	r.file = fopen(path, "re");
	if (r.file == NULL) {
		status = -errno;
		buf_printf(why, "%s: %s", path, strerror(-status));
		return status;
	}
	status = read_dialogue(&r);
	(void)fclose(r.file);
	free(r.line);
	buf_free(&r.rcpts);
	return status;
}
