/* Findings as JSON: see show_finding.h. */
#include "ctl/json.h"
#include "ctl/show_finding.h"
#include "milter/proto.h"
#include "policy/hit_place.h"

static void
put_hit_place(json_t *object, const struct hit_place *p)
{
	static const char *const kinds[] = {
		[HIT_HEADER] = "header", [HIT_PART] = "part",		[HIT_SIZE] = "size",
		[HIT_SENDER] = "sender", [HIT_RECIPIENT] = "recipient", [HIT_FOR] = "for",
		[HIT_TEXT] = "text",
	};

	json_put_text(object, "kind", kinds[p->kind]);
	json_put_text(object, "name", p->name);
	if (p->number > 0)
		json_put_number(object, "number", p->number);
	json_put_text(object, "type", p->type);
	json_put_text(object, "file", p->file);
	if (p->kind == HIT_SIZE) {
		json_put_number(object, "size", p->size);
		json_put_number(object, "limit", p->limit);
	}
}

void
show_finding_json(json_t *object, const struct shown_finding *f)
{
	bool is_rule = f->kind == FINDING_RULE;

	json_put_text(object, "kind", finding_word(f->kind));
	json_put_text(object, "stage", stage_name(f->stage));
	json_put_text(object, "name", f->name);
	json_put_text(object, is_rule ? "table" : "before", f->before);
	json_put_text(object, is_rule ? "found" : "after", f->after);
	if (f->place != NULL)
		put_hit_place(json_put_object(object, "where"), f->place);
	if (f->undone)
		json_put_bool(object, "undone", true);
	if (f->monitored)
		json_put_bool(object, "monitored", true);
}

void
show_found_json(json_t *policy, const struct policy_found *found)
{
	json_t *object, *list;

	if (found->result == NULL)
		return;
	object = json_put_object(policy, "found");
	json_put_text(object, "result", found->result);
	json_put_text(object, "detail", found->detail);
	if (found->has_score)
		json_put_real(object, "score", (double)found->score / 100, 2);
	if (found->n_symbols > 0) {
		list = json_put_list(object, "symbols");
		for (size_t i = 0; i < found->n_symbols; i++)
			json_add_text(list, found->symbols[i]);
	}
	if (!found->was_asked)
		return;
	json_put_fraction(object, "seconds", found->ms, 1000);
	json_put_number(object, "tries", found->tries);
	json_put_number(object, "server", found->server);
}
