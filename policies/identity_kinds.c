/* Whether a rule of the policy "identity" hits: a function for each kind. */
#include <stdlib.h>
#include <string.h>

#include "charset/normalize.h"
#include "content/authserv_id.h"
#include "content/header_text.h"
#include "content/sender_name.h"
#include "policies/identity.h"
#include "util/domain.h"
#include "util/mailbox.h"
#include "util/str.h"

#define MACRO_LOGIN "{auth_authen}"

struct identity_check {
	struct policy_call *call;
	const struct identity_rule *rule;
	struct identity_finding *found;
};

/* ---- fields ---- */

static struct header *
next_field(struct policy_call *c, const char *name, struct header *h)
{
	return message_find_header(policy_message(c), name, header_key(name), h);
}

/* Goes over the mailboxes of all fields of a name. */
struct mailbox_walk {
	struct policy_call *call;
	const char *field;
	struct header *h;
	const struct mailboxes *boxes;
	size_t at;
};

static const struct mailbox *
next_mailbox(struct mailbox_walk *w)
{
	while (w->boxes == NULL || w->at == w->boxes->n) {
		w->h = next_field(w->call, w->field, w->h);
		if (w->h == NULL)
			return NULL;
		w->boxes = header_mailboxes(policy_arena(w->call), w->h);
		w->at = 0;
	}
	return &w->boxes->mailbox[w->at++];
}

/* The next one that has a domain. */
static const struct mailbox *
next_complete_mailbox(struct mailbox_walk *w)
{
	const struct mailbox *m;

	do
		m = next_mailbox(w);
	while (m != NULL && m->domain[0] == '\0');
	return m;
}

/* The next mailbox that a program displays as a sender. One without a domain is such a sender,
 * since MTAs complete it with a domain of their own; but in an irregular field it may be a part
 * of a name, "Smith, Ann <ann@example.com>", unless there is no other sender. */
static const struct mailbox *
next_sender(struct mailbox_walk *w, bool has_domain)
{
	const struct mailbox *m;

	do
		m = next_mailbox(w);
	while (m != NULL && m->domain[0] == '\0' &&
	       (m->address[0] == '\0' || (has_domain && w->boxes->irregular)));
	return m;
}

static int
hit_by_mailbox(struct identity_check *x, const struct mailbox *m, const char *match)
{
	*x->found = (struct identity_finding){
		.from = m != NULL ? m->address : NULL, .match = match, .field = "From"};
	return 1;
}

static int
fail_lookup(struct identity_check *x, const struct table *t, int r)
{
	(void)policy_fail(x->call, "table %s: %s", table_name(t), strerror(-r));
	return r;
}

static int
is_in_domains(struct identity_check *x, const char *domain)
{
	struct match_context match = policy_match_context(x->call);
	int r = domain_list_find(&x->rule->domains, &match, domain);

	if (r < 0)
		(void)policy_fail(x->call, "domain: %s", strerror(-r));
	return r;
}

/* The login; NULL: the client has not authenticated itself. */
static const char *
find_login(struct policy_call *c)
{
	return str_nonblank(policy_macro(c, MACRO_LOGIN));
}

/* ---- the form of From ---- */

/* How many mailboxes there are in the reading that has most of them. */
static size_t
count_senders(struct policy_call *c, struct header *h)
{
	const struct mailboxes *boxes = header_mailboxes(policy_arena(c), h);
	size_t n = 0;

	if (boxes->irregular)
		return boxes->n_most;
	for (size_t i = 0; i < boxes->n; i++)
		n += boxes->mailbox[i].address[0] != '\0';
	return n;
}

static int
check_several_senders(struct identity_check *x)
{
	struct mailbox_walk w = {.call = x->call, .field = "From"};
	const struct mailbox *first = next_complete_mailbox(&w);
	struct header *h = next_field(x->call, "From", NULL);
	size_t n_fields = 0, n_most = 0;

	for (; h != NULL; h = next_field(x->call, "From", h)) {
		n_most += count_senders(x->call, h);
		n_fields++;
	}
	if (n_fields < 2 && (n_most < 2 || next_field(x->call, "Sender", NULL) != NULL))
		return 0;
	return hit_by_mailbox(x, first, NULL);
}

static int
check_no_sender(struct identity_check *x)
{
	struct mailbox_walk w = {.call = x->call, .field = "From"};

	return next_complete_mailbox(&w) == NULL ? hit_by_mailbox(x, NULL, NULL) : 0;
}

static int
check_irregular(struct identity_check *x)
{
	struct mailbox_walk w = {.call = x->call, .field = "From"};
	struct header *h = NULL;

	while ((h = next_field(x->call, "From", h)) != NULL)
		if (header_mailboxes(policy_arena(x->call), h)->irregular)
			return hit_by_mailbox(x, next_complete_mailbox(&w), NULL);
	return 0;
}

/* ---- names ---- */

/* An address in a name, that is compared with the mailbox's own. */
struct foreign_address {
	struct identity_check *check;
	const struct mailbox *own;
	char *found; /* or NULL */
};

/* The local part of the own address is folded, too: that in the name is. */
static bool
is_foreign_address(void *ctx, const char *address)
{
	struct foreign_address *f = ctx;
	struct arena *arena = policy_arena(f->check->call);
	char *mailbox = mailbox_from_path(arena, address);
	struct buf own = {0};
	bool same;

	(void)normalize_text(f->own->address, strlen(f->own->address), &own);
	same = f->check->rule->skips_same_domain
		       ? str_case_equal(mailbox_domain(mailbox), f->own->domain)
		       : str_case_equal(mailbox, buf_string(&own));
	buf_free(&own);
	if (!same)
		f->found = mailbox;
	return !same;
}

static bool
name_has_foreign_address(struct foreign_address *f, const char *name)
{
	struct buf text = {0};
	bool has;

	if (name == NULL || *name == '\0')
		return false;
	(void)normalize_text(name, strlen(name), &text);
	has = sender_name_each_address(buf_string(&text), is_foreign_address, f);
	buf_free(&text);
	return has;
}

static int
check_address_in_name(struct identity_check *x)
{
	struct mailbox_walk w = {.call = x->call, .field = "From"};
	const struct mailbox *m;

	while ((m = next_mailbox(&w)) != NULL) {
		struct foreign_address f = {.check = x, .own = m};

		if (name_has_foreign_address(&f, m->name) ||
		    name_has_foreign_address(&f, m->undecoded))
			return hit_by_mailbox(x, m, f.found);
	}
	return 0;
}

int
identity_compare_people(const void *a, const void *b)
{
	const struct identity_person *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static const struct identity_person *
find_person(struct identity_check *x, const char *name)
{
	struct identity_person key;
	const struct identity_person *found;
	struct buf words = {0};

	if (name == NULL || *name == '\0')
		return NULL;
	sender_name_append_words(name, &words);
	key.name = buf_string(&words);
	found = bsearch(&key, x->rule->people, x->rule->n_people, sizeof(key),
			identity_compare_people);
	buf_free(&words);
	return found;
}

static bool
is_person_of(const struct identity_person *p, const struct mailbox *m)
{
	for (size_t i = 0; i < p->n; i++)
		if (str_case_equal(p->address[i], m->address))
			return true;
	return false;
}

static int
check_impersonation(struct identity_check *x)
{
	struct mailbox_walk w = {.call = x->call, .field = "From"};
	const struct mailbox *m;

	while ((m = next_mailbox(&w)) != NULL) {
		const struct identity_person *p = find_person(x, m->name);

		if (p == NULL)
			p = find_person(x, m->undecoded);
		if (p != NULL && !is_person_of(p, m))
			return hit_by_mailbox(x, m, m->name);
	}
	return 0;
}

/* ---- our own domain ---- */

static bool
is_own_client(struct identity_check *x)
{
	const struct identity_networks *n = &x->rule->clients;
	struct cidr host;

	if (cidr_parse_host(policy_peer(x->call)->addr, &host) < 0)
		return false;
	for (size_t i = 0; i < n->n; i++)
		if (cidr_contains(&n->net[i], &host))
			return true;
	for (size_t i = 0; i < n->n_tables; i++)
		if (table_lookup_network(n->table[i], &host))
			return true;
	return false;
}

/* Does a field of our own host say that the domain was checked? */
static bool
is_verified(struct identity_check *x, const char *domain)
{
	const char *id = x->rule->authserv_id;
	struct header *h = NULL;

	if (id == NULL)
		return false;
	while ((h = next_field(x->call, "Authentication-Results", h)) != NULL)
		if (authserv_id_is(h->value, id) && authserv_passes(h->value, domain))
			return true;
	return false;
}

static int
check_own_domain(struct identity_check *x)
{
	struct mailbox_walk w = {.call = x->call, .field = "From"};
	const struct mailbox *m;
	int r;

	if (find_login(x->call) != NULL || is_own_client(x))
		return 0;
	if (x->rule->skips_lists && next_field(x->call, "List-Id", NULL) != NULL)
		return 0;
	while ((m = next_complete_mailbox(&w)) != NULL) {
		r = is_in_domains(x, m->domain);
		if (r < 0)
			return r;
		if (r > 0 && !is_verified(x, m->domain))
			return hit_by_mailbox(x, m, m->domain);
	}
	return 0;
}

/* ---- other addresses of the message ---- */

/* Is the login among those of the value? "ann, bob" */
static bool
value_has_login(const char *value, const char *login)
{
	size_t len = strlen(login);

	for (value += strspn(value, ", \t"); *value != '\0'; value += strspn(value, ", \t")) {
		size_t n = strcspn(value, ", \t");

		if (str_case_equal_n(value, n, login, len))
			return true;
		value += n;
	}
	return false;
}

/* 1: the login may not use the address. */
static int
login_lacks_address(struct identity_check *x, const char *login, const char *mailbox)
{
	const struct table *t = x->rule->table;
	struct match_context match = policy_match_context(x->call);
	const char *value = "";
	int r = table_lookup_address(t, &match, mailbox, TABLE_EXTENSION_DELIMITER, &value);

	if (r < 0)
		return fail_lookup(x, t, r);
	return r == 0 || !value_has_login(value, login);
}

static int
check_login_mismatch(struct identity_check *x)
{
	struct mailbox_walk w = {.call = x->call, .field = "From"}, all = w;
	const char *login = find_login(x->call);
	const struct mailbox *m;
	bool has_domain;

	if (login == NULL)
		return 0;
	has_domain = next_complete_mailbox(&all) != NULL;
	while ((m = next_sender(&w, has_domain)) != NULL) {
		int r = login_lacks_address(x, login, m->address);

		if (r != 0)
			return r < 0 ? r : hit_by_mailbox(x, m, m->address);
	}
	return 0;
}

static int
check_reply_to(struct identity_check *x)
{
	struct mailbox_walk replies = {.call = x->call, .field = "Reply-To"};
	const struct mailbox *reply, *from;
	int r;

	while ((reply = next_complete_mailbox(&replies)) != NULL) {
		struct mailbox_walk w = {.call = x->call, .field = "From"};

		do
			from = next_complete_mailbox(&w);
		while (from != NULL && strcmp(from->domain, reply->domain) != 0);
		if (from != NULL)
			continue;
		r = x->rule->has_domains ? is_in_domains(x, reply->domain) : 1;
		if (r < 0)
			return r;
		if (r > 0) {
			w = (struct mailbox_walk){.call = x->call, .field = "From"};
			hit_by_mailbox(x, next_complete_mailbox(&w), reply->address);
			x->found->field = "Reply-To";
			return 1;
		}
	}
	return 0;
}

/* Are they the same, or one below the other? */
static bool
are_related(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);
	size_t n = la < lb ? la : lb;

	if (n == 0 || !str_case_equal_n(a + la - n, n, b + lb - n, n))
		return false;
	return la == lb || (la > lb ? a[la - n - 1] : b[lb - n - 1]) == '.';
}

static int
check_envelope(struct identity_check *x)
{
	struct mailbox_walk w = {.call = x->call, .field = "From"};
	const struct sender *s = policy_sender(x->call);
	const char *domain = s != NULL ? mailbox_domain(s->mailbox) : "";
	const struct mailbox *m;

	if (*domain == '\0')
		return 0;
	while ((m = next_complete_mailbox(&w)) != NULL)
		if (!are_related(m->domain, domain))
			return hit_by_mailbox(x, m, m->domain);
	return 0;
}

static int (*const kind_checks[IDENTITY_KIND_COUNT])(struct identity_check *) = {
	[IDENTITY_SEVERAL_SENDERS] = check_several_senders,
	[IDENTITY_NO_SENDER] = check_no_sender,
	[IDENTITY_IRREGULAR] = check_irregular,
	[IDENTITY_ADDRESS_IN_NAME] = check_address_in_name,
	[IDENTITY_OWN_DOMAIN] = check_own_domain,
	[IDENTITY_LOGIN_MISMATCH] = check_login_mismatch,
	[IDENTITY_IMPERSONATION] = check_impersonation,
	[IDENTITY_REPLY_TO_MISMATCH] = check_reply_to,
	[IDENTITY_ENVELOPE_MISMATCH] = check_envelope,
};

int
identity_hits(struct policy_call *c, const struct identity_rule *rule,
	      struct identity_finding *ret)
{
	struct identity_check x = {c, rule, ret};

	return kind_checks[rule->kind](&x);
}

int
identity_envelope_hits(struct policy_call *c, const struct identity_rule *rule,
		       struct identity_finding *ret)
{
	struct identity_check x = {c, rule, ret};
	const struct sender *s = policy_sender(c);
	const char *login = find_login(c);
	int r;

	*ret = (struct identity_finding){.match = NULL};
	if (login == NULL || s == NULL || s->mailbox[0] == '\0')
		return 0;
	r = login_lacks_address(&x, login, s->mailbox);
	if (r > 0)
		ret->match = s->mailbox;
	return r;
}
