/* The words for the results of an edit. */
#include "rewrite/edit_result.h"

const char *
mime_edit_word(enum mime_edit_result result)
{
	static const char *const words[] = {
#define MIME_EDIT_WORD(name, word) [MIME_EDIT_##name] = word,
		MIME_EDIT_RESULTS(MIME_EDIT_WORD)
#undef MIME_EDIT_WORD
	};

	return words[result];
}
