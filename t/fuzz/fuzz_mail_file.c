/* Fuzzes the reader of mails in files, and the envelope that it guesses. Each mail has a name,
 * a header that ends, lines that end with CRLF, and an envelope of a sender and of recipients.
 * Input: a mail, or an mbox. */
#include <assert.h>
#include <string.h>

#include "ctl/mail_envelope.h"
#include "ctl/mail_source.h"
#include "file.h"
#include "fuzz.h"
#include "util/arena.h"

/* "<...>", and nothing with which a line would end. */
static void
expect_path(const char *path)
{
	size_t len = strlen(path);

	assert(len >= 2 && path[0] == '<' && path[len - 1] == '>');
	assert(strpbrk(path, "\r\n") == NULL);
}

static void
expect_envelope(const struct mta_header *headers)
{
	struct arena *arena = arena_new();
	struct mail_envelope e;

	mail_envelope_guess(arena, headers, &e);
	expect_path(e.sender);
	assert(e.rcpts[0] != NULL);
	for (size_t i = 0; e.rcpts[i] != NULL; i++)
		expect_path(e.rcpts[i]);
	arena_free(arena);
}

static void
expect_mail(const struct mail *mail)
{
	assert(*mail->name != '\0');
	for (size_t i = 0; mail->headers[i].name != NULL; i++)
		assert(*mail->headers[i].name != '\0' && mail->headers[i].value != NULL);
	for (size_t i = 0; i < mail->body_len; i++)
		assert(mail->body[i] != '\n' || (i > 0 && mail->body[i - 1] == '\r'));
	assert(mail->size >= mail->body_len);
	expect_envelope(mail->headers);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[FUZZ_FILE_NAME_BYTES];
	char *operands[] = {name};
	int r, fd = fuzz_file(data, size, name);
	struct mail_source *source = mail_source_new(operands, 1);
	struct mail mail;

	while ((r = mail_source_next(source, &mail)) != 0) {
		if (r > 0)
			expect_mail(&mail);
		else
			assert(strncmp(mail_source_error(source), name, strlen(name)) == 0);
	}
	mail_source_free(source);
	close(fd);
	return 0;
}
