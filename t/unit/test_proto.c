/* Unit tests of milter/proto: the tables against the values of mfapi.h and mfdef.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "milter/proto.h"

struct expected {
	enum stage stage;
	const char *name;
	unsigned char command;
	uint32_t no_bit, nr_bit;
};

/* mfdef.h, SMFIC_* and SMFIP_* */
static const struct expected expected[] = {
	{STAGE_CONNECT, "connect", 'C', 0x01, 0x1000},
	{STAGE_HELO, "helo", 'H', 0x02, 0x2000},
	{STAGE_ENVFROM, "envfrom", 'M', 0x04, 0x4000},
	{STAGE_ENVRCPT, "envrcpt", 'R', 0x08, 0x8000},
	{STAGE_DATA, "data", 'T', 0x200, 0x10000},
	{STAGE_UNKNOWN, "unknown", 'U', 0x100, 0x20000},
	{STAGE_HEADER, "header", 'L', 0x20, 0x80},
	{STAGE_EOH, "eoh", 'N', 0x40, 0x40000},
	{STAGE_BODY, "body", 'B', 0x10, 0x80000},
	{STAGE_EOM, "eom", 'E', 0, 0},
};

static void
test_stages(void **state)
{
	(void)state;
	assert_int_equal(sizeof(expected) / sizeof(expected[0]), STAGE_COUNT);
	for (size_t i = 0; i < STAGE_COUNT; i++) {
		const struct expected *e = &expected[i];

		assert_string_equal(stage_name(e->stage), e->name);
		assert_int_equal(stage_command(e->stage), e->command);
		assert_int_equal(stage_from_command(e->command), e->stage);
		assert_int_equal(stage_no_bit(e->stage), e->no_bit);
		assert_int_equal(stage_nr_bit(e->stage), e->nr_bit);
	}
}

static void
test_other_letters_are_no_stage(void **state)
{
	int found = 0;

	(void)state;
	for (unsigned c = 0; c < 256; c++)
		found += stage_from_command((unsigned char)c) >= 0;
	assert_int_equal(found, STAGE_COUNT);
	assert_int_equal(stage_from_command(CMD_MACRO), -1);
	assert_int_equal(stage_from_command(CMD_ABORT), -1);
	assert_int_equal(stage_from_command('c'), -1);
	assert_int_equal(stage_from_command(0), -1);
}

/* All bits together are the offer of both MTAs, and no two bits are equal. */
static void
test_bits_make_the_offer(void **state)
{
	uint32_t all = PROTO_SKIP | PROTO_RCPT_REJ | PROTO_LEADSPC;

	(void)state;
	for (enum stage s = 0; s < STAGE_COUNT; s++) {
		assert_int_equal(all & (stage_no_bit(s) | stage_nr_bit(s)), 0);
		all |= stage_no_bit(s) | stage_nr_bit(s);
	}
	assert_int_equal(all, PROTO_ALL);
	assert_int_equal(PROTO_SKIP, 0x400);
	assert_int_equal(PROTO_RCPT_REJ, 0x800);
	assert_int_equal(PROTO_LEADSPC, 0x100000);
	assert_int_equal(ACTION_ADD_HEADER | ACTION_INSERT_HEADER | ACTION_REPLACE_BODY |
				 ACTION_ADD_RCPT | ACTION_DEL_RCPT | ACTION_CHANGE_HEADER |
				 ACTION_QUARANTINE | ACTION_CHANGE_FROM | ACTION_ADD_RCPT_PAR |
				 ACTION_SETSYMLIST,
			 ACTION_ALL);
}

static void
test_action_names(void **state)
{
	(void)state;
	assert_string_equal(action_name(0x1), "ADDHDRS");
	assert_string_equal(action_name(0x2), "CHGBODY");
	assert_string_equal(action_name(0x4), "ADDRCPT");
	assert_string_equal(action_name(0x8), "DELRCPT");
	assert_string_equal(action_name(0x10), "CHGHDRS");
	assert_string_equal(action_name(0x20), "QUARANTINE");
	assert_string_equal(action_name(0x40), "CHGFROM");
	assert_string_equal(action_name(0x80), "ADDRCPT_PAR");
	assert_string_equal(action_name(0x100), "SETSYMLIST");
	assert_string_equal(action_name(0x200), "?");
	assert_string_equal(action_name(0x3), "?");
	assert_string_equal(action_name(0), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stages),
		cmocka_unit_test(test_other_letters_are_no_stage),
		cmocka_unit_test(test_bits_make_the_offer),
		cmocka_unit_test(test_action_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
