/* What an attempt to add a text to a message came to: one set of codes for mime_append(),
 * mime_find_displayed() and the mime_place_ functions, each with its word for the log. The
 * words are documented for administrators in polymilter.conf(5), footer: they do not change. */
#ifndef REWRITE_EDIT_RESULT_H
#define REWRITE_EDIT_RESULT_H

/* Our name, the word for the log. */
/* clang-format off */
#define MIME_EDIT_RESULTS(X)                                                            \
	X(OK, "ok")                                                                     \
	/* nothing to do: the text is there already; there is no text for this message */ \
	X(PRESENT, "present")                                                           \
	X(EMPTY, "empty")                                                               \
	/* cryptographic: S/MIME, PGP/MIME or inline PGP where the text would be */     \
	X(SIGNED, "signed")                                                             \
	X(ENCRYPTED, "encrypted")                                                       \
	/* programs disagree on what the parts or their parameters are, or a part is    \
	 * not of the form of its transfer encoding */                                  \
	X(IRREGULAR, "irregular")                                                       \
	/* structures with a meaning of their own: a report or a forwarded message as   \
	 * the whole, multipart/digest, multipart/voice-message */                      \
	X(AUTOMATIC, "automatic")                                                       \
	X(DIGEST, "digest")                                                             \
	X(VOICE, "voice")                                                               \
	/* no text is displayed: an invitation; a multipart/mixed of attachments only;  \
	 * anything else */                                                             \
	X(CALENDAR, "calendar")                                                         \
	X(ATTACHMENTS, "attachments")                                                   \
	X(OTHER, "other")                                                               \
	/* the part cannot be decoded or converted: its charset, its transfer encoding, \
	 * a NUL in its text */                                                         \
	X(CHARSET, "charset")                                                           \
	X(ENCODING, "encoding")                                                         \
	X(BINARY, "binary")                                                             \
	/* above a limit */                                                             \
	X(SIZE, "size")                                                                 \
	/* the result, read again, was not what was meant; no random bytes for a        \
	 * boundary */                                                                  \
	X(SELFCHECK, "selfcheck")                                                       \
	X(RANDOM, "random")
/* clang-format on */

enum mime_edit_result {
#define MIME_EDIT_RESULT(name, word) MIME_EDIT_##name,
	MIME_EDIT_RESULTS(MIME_EDIT_RESULT)
#undef MIME_EDIT_RESULT
};

/* The word for the log. */
const char *mime_edit_word(enum mime_edit_result result);

#endif
