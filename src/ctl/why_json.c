/* A message of the history as a JSON object. polymilterctl(8) has its members. */
#include "chain/history.h"
#include "ctl/json.h"
#include "ctl/show_finding.h"
#include "ctl/why.h"
#include "util/buf.h"

#define US_PER_S 1000000u

static void
put_history_rcpts(json_t *object, const struct history_message *m)
{
	json_t *list;

	json_put_number(object, "nrcpt", m->head.n_rcpts);
	list = json_put_list(object, "rcpts");
	for (size_t i = 0; i < m->head.n_named; i++)
		json_add_text(list, m->rcpts[i]);
}

static void
put_history_findings(json_t *object, const struct history_message *m, unsigned position)
{
	json_t *list = json_put_list(object, "findings");

	for (size_t i = 0; i < m->head.n_findings; i++) {
		struct shown_finding shown = shown_finding_of_history(&m->findings[i]);

		if (m->findings[i].n.position == position)
			show_finding_json(json_add_object(list), &shown);
	}
}

static void
put_history_policies(json_t *object, const struct history_message *m)
{
	json_t *list = json_put_list(object, "policies");

	for (size_t i = 0; i < m->head.n_policies; i++) {
		const struct history_policy *p = &m->policies[i];
		struct policy_found found = history_found(p);
		json_t *policy = json_add_object(list);

		json_put_text(policy, "policy", p->title);
		json_put_text(policy, "result", p->result);
		json_put_text(policy, "skipped", p->skip_reason);
		json_put_text(policy, "error", p->error);
		json_put_text(policy, "reply", p->reply);
		show_found_json(policy, &found);
		json_put_bool(policy, "monitor", p->n.monitors);
		json_put_number(policy, "refused", p->n.refused_rcpts);
		json_put_seconds(policy, "seconds", p->n.ns);
		put_history_findings(policy, m, p->n.position);
	}
}

static void
put_envelope(json_t *object, const struct history_message *m)
{
	json_put_text(object, "listener", m->listener);
	json_put_text(object, "client", m->client_name);
	json_put_text(object, "address", m->client_address);
	json_put_text(object, "helo", m->helo);
	json_put_text(object, "from", m->sender);
	put_history_rcpts(object, m);
}

/* All but its time. */
static json_t *
make_object(const struct history_message *m)
{
	json_t *object = json_new_object();

	json_put_text(object, "queue_id", m->queue_id);
	json_put_text(object, "verdict", m->verdict);
	json_put_text(object, "by", m->by);
	json_put_text(object, "limit", m->limit);
	json_put_text(object, "reply", m->reply);
	json_put_text(object, "session", m->session);
	json_put_number(object, "message", m->head.message_no);
	json_put_number(object, "generation", m->head.generation);
	put_envelope(object, m);
	if (m->head.size != UINT64_MAX)
		json_put_number(object, "size", m->head.size);
	json_put_text(object, "message_id", m->message_id);
	put_history_policies(object, m);
	json_put_number(object, "policies_left_out", m->head.n_policies_left_out);
	json_put_number(object, "changes_left_out", m->head.n_findings_left_out);
	return object;
}

/* The time has 16 digits, with which other numbers would be written as 9.949999999999999. */
void
why_write_json(FILE *f, const struct history_message *m)
{
	json_t *time = json_new_object();
	struct buf b = {0};

	json_put_fraction(time, "time", m->head.time_us, US_PER_S);
	buf_putc(&b, '{');
	json_append(&b, time, JSON_EMBED | JSON_REAL_PRECISION(16));
	buf_puts(&b, ", ");
	json_append(&b, make_object(m), JSON_EMBED);
	buf_puts(&b, "}\n");
	buf_write(&b, f);
	buf_free(&b);
}
