/* Lines of a condition about the content of a message: header fields, the mailboxes of From,
 * and links. */
#include <errno.h>
#include <string.h>

#include "content/header_text.h"
#include "content/message_text.h"
#include "match/domain_list.h"
#include "mime/mailboxes.h"
#include "policy/condition_line.h"
#include "policy/condition_match.h"
#include "policy/policy.h"
#include "util/arena.h"

static int
some_form_matches(const struct header_subjects *subjects, const struct condition_values *values,
		  const struct condition_view *v)
{
	int r = 0;

	for (size_t i = 0; i < subjects->n && r == 0; i++)
		r = condition_value_matches(
			LINE_HEADER, values, v,
			(struct condition_subject){.text = subjects->form[i].text,
						   .len = subjects->form[i].len});
	return r;
}

struct header_matches { /* what was found in the headers of one name */
	uint64_t count;
	bool match;	/* some instance matches a pattern of `match` */
	bool not_match; /* some instance matches a pattern of `not_match` */
};

static int
match_header_value(const struct condition_section *section, const struct condition_view *v,
		   struct header *h, struct header_matches *found)
{
	struct header_subjects subjects;
	int r = 0;

	if ((section->match.n == 0 || found->match) && section->not_match.n == 0)
		return 0;
	header_subjects(v->match.arena, h, section->subject, &subjects);
	for (size_t i = 0; i < subjects.n; i++)
		condition_note_cut(v, subjects.form[i].len, h->name);
	if (!found->match)
		r = some_form_matches(&subjects, &section->match, v);
	if (r < 0)
		return r;
	found->match |= r > 0;
	r = some_form_matches(&subjects, &section->not_match, v);
	found->not_match |= r > 0;
	return r < 0 ? r : 0;
}

static int
match_headers_of_name(const struct condition_section *section, const struct condition_view *v,
		      struct header_matches *found)
{
	struct header *h = NULL;
	int r = 0;

	while (r == 0 && !found->not_match &&
	       (h = message_find_header(v->message, section->name, section->key, h)) != NULL) {
		found->count++;
		r = match_header_value(section, v, h, found);
	}
	return r;
}

int
condition_evaluate_header_line(const struct condition_line *l, const struct condition_view *v)
{
	const struct condition_section *section = l->section;
	struct header_matches found = {0};
	int r;

	if (!is_part_final(v, PART_HEADERS, STAGE_EOH))
		return TRI_UNKNOWN;
	r = match_headers_of_name(section, v, &found);
	if (r < 0)
		return r;
	if (found.not_match || (section->match.n > 0 && !found.match) ||
	    (section->not_match.n > 0 && found.count == 0))
		return TRI_NO;
	if (section->present >= 0 && (found.count > 0) != (section->present == 1))
		return TRI_NO;
	return tri_from_bool(found.count >= section->min && found.count <= section->max);
}

/* Does a value match one of the field's mailboxes, in any reading of it? */
static int
some_value_matches_field(const struct condition_line *l, const struct condition_view *v,
			 struct header *h)
{
	const struct mailboxes *boxes = header_mailboxes(v->match.arena, h);
	int r = 0;

	for (size_t i = 0; i < boxes->n && r == 0; i++)
		r = condition_mailbox_matches(l, v, boxes->mailbox[i].address);
	return r;
}

int
condition_evaluate_header_from_line(const struct condition_line *l,
				    const struct condition_view *v)
{
	struct header *h = NULL;
	uint32_t key = header_key("From");
	int r = 0;

	if (!is_part_final(v, PART_HEADERS, STAGE_EOH))
		return TRI_UNKNOWN;
	while (r == 0 && (h = message_find_header(v->message, "From", key, h)) != NULL)
		r = some_value_matches_field(l, v, h);
	return r < 0 ? r : tri_from_bool((r > 0) != l->negated);
}

int
condition_evaluate_url_domain_line(const struct condition_line *l,
				   const struct condition_view *v)
{
	const struct message_text *text;
	const char *host;
	int r = 0;

	if (v->stage != STAGE_EOM)
		return TRI_UNKNOWN;
	text = v->text(v->ctx);
	if (text == NULL)
		return -ENODATA;
	host = text->hosts;
	for (size_t i = 0; i < text->n_hosts && r == 0; i++) {
		r = domain_list_find(l->domains, &v->match, host);
		if (r > 0)
			condition_note_comparison(v, host, NULL);
		host += strlen(host) + 1;
	}
	return r < 0 ? r : tri_from_bool((r > 0) != l->negated);
}
