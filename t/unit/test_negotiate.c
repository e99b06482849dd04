/* chain/negotiate: what is asked of the MTA. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "chain/chain.h"

static struct arena *arena;
static struct chain chain;
static struct policy_inst inst[1];
static const struct policy_inst *const list[] = {&inst[0]};

static int
setup(void **state)
{
	(void)state;
	arena = arena_new();
	inst[0] = (struct policy_inst){.title = "one"};
	chain = (struct chain){.listener = "in", .inst = list, .n = 1};
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena = arena_free(arena);
	return 0;
}

static void
test_negotiation_asks_for_no_more(void **state)
{
	struct milter_terms offer = {MILTER_VERSION, ACTION_ALL, PROTO_ALL};
	struct session_request w;
	uint32_t missing = 0;

	(void)state;
	inst[0].need = (struct policy_need){.message = STAGE_EOH, .reads = PART_HEADERS};
	chain_prepare(&chain, arena);
	assert_int_equal(chain_negotiate(&chain, &offer, &w, &missing), 0);
	assert_int_equal(w.terms.actions, 0);
	/* NR: connect helo mail rcpt header; NO: data eoh body unknown */
	assert_int_equal(w.terms.protocol, 0xf000u | 0x80u | 0x200u | 0x40u | 0x10u | 0x100u);
	assert_true(w.keep_headers);
	assert_false(w.keep_body);
	inst[0].need = (struct policy_need){.message = STAGE_EOM,
					    .reads = PART_SIZE,
					    .answers = STAGE_BIT(STAGE_ENVFROM),
					    .actions = ACTION_QUARANTINE};
	chain_prepare(&chain, arena);
	assert_int_equal(chain_negotiate(&chain, &offer, &w, &missing), 0);
	/* mail is answered; header, body taken without an answer */
	assert_int_equal(w.terms.protocol & stage_nr_bit(STAGE_ENVFROM), 0);
	assert_int_equal(w.terms.protocol &
				 (stage_nr_bit(STAGE_BODY) | stage_no_bit(STAGE_BODY)),
			 stage_nr_bit(STAGE_BODY));
	assert_false(w.keep_headers);
	/* an old MTA: what it cannot leave out is answered and thrown away */
	offer = (struct milter_terms){2, 0x1f, 0x7f};
	assert_int_equal(chain_negotiate(&chain, &offer, &w, &missing), -EPROTO);
	assert_int_equal(missing, ACTION_QUARANTINE);
	offer.actions = 0x3f;
	assert_int_equal(chain_negotiate(&chain, &offer, &w, &missing), 0);
	assert_int_equal(w.terms.version, 2);
	assert_int_equal(w.terms.protocol & ~offer.protocol, 0);
}

static void
test_macro_lists(void **state)
{
	struct milter_terms offer = {MILTER_VERSION, ACTION_ALL, PROTO_ALL};
	struct session_request w;
	uint32_t missing;

	(void)state;
	inst[0].need.macros = "i {auth_authen}";
	chain_prepare(&chain, arena);
	assert_int_equal(chain_negotiate(&chain, &offer, &w, &missing), 0);
	assert_int_equal(w.terms.actions & ACTION_SETSYMLIST, 0);
	inst[0].need.macros = "i {client_port}";
	chain_prepare(&chain, arena);
	assert_int_equal(chain_negotiate(&chain, &offer, &w, &missing), 0);
	assert_int_equal(w.terms.actions & ACTION_SETSYMLIST, ACTION_SETSYMLIST);
	assert_string_equal(w.lists[MACRO_EOM], "i {msg_id} {client_port}");
	assert_string_equal(w.lists[MACRO_EOH], "i {client_port}");
	assert_non_null(strstr(w.lists[MACRO_ENVFROM], "{auth_authen}"));
	/* the offer counts, not the version: Postfix with milter_protocol = 2 */
	offer = (struct milter_terms){2, ACTION_ALL, 0x7f};
	assert_int_equal(chain_negotiate(&chain, &offer, &w, &missing), 0);
	assert_int_equal(w.terms.actions & ACTION_SETSYMLIST, ACTION_SETSYMLIST);
	offer.actions &= ~(uint32_t)ACTION_SETSYMLIST;
	assert_int_equal(chain_negotiate(&chain, &offer, &w, &missing), 0);
	assert_int_equal(w.terms.actions & ACTION_SETSYMLIST, 0);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_negotiation_asks_for_no_more),
		T(test_macro_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
