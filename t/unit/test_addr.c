/* Unit tests of util/addr: socket addresses and networks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "util/addr.h"

static void
test_parse_and_format(void **state)
{
	static const char *const rows[][2] = {
		{"unix:/run/p.sock", "unix:/run/p.sock"},
		{"inet:8891@127.0.0.1", "inet:8891@127.0.0.1"},
		{"inet:8891@localhost", "inet:8891@127.0.0.1"},
		{"inet:localhost:8891", "inet:8891@127.0.0.1"},
		{"inet:192.0.2.1:25", "inet:25@192.0.2.1"},
		{"inet:65535@0.0.0.0", "inet:65535@0.0.0.0"},
		{"inet6:8891@localhost", "inet6:8891@::1"},
		{"inet6:8891@2001:db8::1", "inet6:8891@2001:db8::1"},
		{"inet6:8891@[::]", "inet6:8891@::"},
		{"inet6:[::1]:8891", "inet6:8891@::1"},
	};
	char buf[128];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *why = NULL;
		struct addr a;

		if (addr_parse(rows[i][0], &a, &why) < 0)
			fail_msg("%s: %s", rows[i][0], why);
		assert_string_equal(addr_format(&a, buf, sizeof(buf)), rows[i][1]);
	}
}

static void
test_parse_refuses(void **state)
{
	static const char *const rows[] = {
		"",
		"/run/p.sock",
		"local:/run/p.sock",
		"unix:",
		"unix:run/p.sock",
		"inet:",
		"inet:8891",
		"inet:8891@",
		"inet:@localhost",
		"inet:localhost:",
		"inet::8891",
		"inet:0@localhost",
		"inet:65536@localhost",
		"inet:08891@localhost",
		"inet:+1@localhost",
		"inet:18446744073709551617@localhost",
		"inet:smtp@localhost",
		"inet:8891@mail.example.com",
		"inet:8891@localhost.",
		"inet:8891@127.1",
		"inet:8891@127.0.0.1 ",
		"inet:8891@::1",
		"inet:::1:8891",
		"inet6:::1:8891",
		"inet6:8891@127.0.0.1",
		"inet6:8891@[::1",
		"inet6:8891@fe80::1%lo",
		"inet:8891@1111111111111111111111111111111111111111111111111111111111111",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *why = NULL;
		struct addr a = {.len = 77};

		if (addr_parse(rows[i], &a, &why) != -EINVAL || why == NULL || a.len != 77)
			fail_msg("'%s' was taken", rows[i]);
	}
}

static void
test_unix_path_length(void **state)
{
	char spec[5 + 108 + 1] = "unix:/", buf[128];
	const char *why;
	struct addr a;

	(void)state;
	memset(spec + 6, 'x', 107);
	assert_int_equal(addr_parse(spec, &a, &why), -EINVAL);
	spec[5 + 107] = '\0';
	assert_int_equal(addr_parse(spec, &a, &why), 0);
	assert_int_equal(a.len, sizeof(a.un));
	assert_string_equal(addr_format(&a, buf, sizeof(buf)), spec);
	/* the kernel may fill all 108 bytes and add no NUL */
	memset(a.un.sun_path, 'y', sizeof(a.un.sun_path));
	assert_int_equal(strlen(addr_format(&a, buf, sizeof(buf))), 5 + 108);
}

static void
test_format_of_other_addresses(void **state)
{
	struct addr a = {.un.sun_family = AF_UNIX, .len = sizeof(sa_family_t)};
	char buf[32], small[8];

	(void)state;
	memset(a.un.sun_path, 'x', 10); /* by len there is no path */
	assert_string_equal(addr_format(&a, buf, sizeof(buf)), "unix:");
	a.len = offsetof(struct sockaddr_un, sun_path) + 10;
	assert_string_equal(addr_format(&a, small, sizeof(small)), "unix:xx");
	a.sa.sa_family = AF_UNSPEC;
	assert_string_equal(addr_format(&a, buf, sizeof(buf)), "family 0");
}

static void
test_loopback(void **state)
{
	static const struct {
		const char *spec;
		bool loopback;
	} rows[] = {
		{"unix:/x", true},
		{"inet:1@127.0.0.1", true},
		{"inet:1@127.255.0.3", true},
		{"inet:1@128.0.0.1", false},
		{"inet:1@0.0.0.0", false},
		{"inet6:1@::1", true},
		{"inet6:1@::", false},
		{"inet6:1@::ffff:127.0.0.1", true},
		{"inet6:1@::ffff:10.0.0.1", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *why;
		struct addr a;

		assert_int_equal(addr_parse(rows[i].spec, &a, &why), 0);
		assert_int_equal(addr_is_loopback(&a), rows[i].loopback);
	}
}

static void
test_cidr_refuses(void **state)
{
	static const char *const rows[] = {
		"",
		"/8",
		"10.0.0.0/",
		"10.0.0.0/33",
		"10.0.0.1/24",
		"10.0.0.0/08",
		"10/8",
		"010.0.0.0/8",
		"10.0.0.0/-1",
		"10.0.0.0/8/8",
		"::1/129",
		"2001:db8::1/32",
		"[::1]",
		"example.com",
		"::ffff:0:0/95",
		"0.0.0.1/0",
		"255.0.0.0/7",
		"2001:db8::/31x",
		" 10.0.0.0/8",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *why = NULL;
		struct cidr c;

		if (cidr_parse(rows[i], &c, &why) != -EINVAL || why == NULL)
			fail_msg("'%s' was taken", rows[i]);
	}
}

static void
test_cidr_contains(void **state)
{
	static const struct {
		const char *net, *host;
		bool inside;
	} rows[] = {
		{"192.0.2.0/24", "192.0.2.255", true},
		{"192.0.2.0/24", "192.0.3.0", false},
		{"192.0.2.128/25", "192.0.2.127", false},
		{"192.0.2.128/25", "192.0.2.128", true},
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.0", false},
		{"0.0.0.0/0", "255.1.2.3", true},
		{"0.0.0.0/0", "::1", false},
		{"::/0", "::1", true},
		{"::/0", "192.0.2.1", false},
		{"2001:db8::/32", "IPv6:2001:db8:ffff::1", true},
		{"2001:db8::/32", "ipv6:2001:db9::1", false},
		{"2001:db8:8000::/33", "2001:db8:7fff::", false},
		{"2001:db8:8000::/33", "2001:db8:8000::", true},
		{"10.0.0.0/8", "::ffff:10.1.2.3", true},
		{"10.0.0.0/8", "IPv6:::ffff:10.1.2.3", true},
		{"::ffff:10.0.0.0/104", "10.1.2.3", true},
		{"::ffff:0:0/96", "10.1.2.3", true},
		{"::1", "::1", true},
		{"::1/128", "::2", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *why;
		struct cidr net, host;

		assert_int_equal(cidr_parse(rows[i].net, &net, &why), 0);
		assert_int_equal(cidr_parse_host(rows[i].host, &host), 0);
		if (cidr_contains(&net, &host) != rows[i].inside)
			fail_msg("%s in %s", rows[i].host, rows[i].net);
	}
}

static void
test_a_wider_host_is_not_inside(void **state)
{
	const char *why;
	struct cidr narrow, wide;

	(void)state;
	assert_int_equal(cidr_parse("10.0.0.0/24", &narrow, &why), 0);
	assert_int_equal(cidr_parse("10.0.0.0/8", &wide, &why), 0);
	assert_true(cidr_contains(&wide, &narrow));
	assert_false(cidr_contains(&narrow, &wide));
}

static void
test_hosts(void **state)
{
	static const char *const none[] = {
		"", "unknown", "IPv6:", "10.0.0.0/8", "10.0.0", "IPv6:10.0.0.1x"};
	struct cidr c;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(cidr_parse_host(none[i], &c), -EINVAL);
	assert_int_equal(cidr_parse_host("IPv6:::ffff:192.0.2.1", &c), 0);
	assert_int_equal(c.family, AF_INET);
	assert_int_equal(c.bits, 32);
	assert_memory_equal(c.addr, "\xc0\x00\x02\x01\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}

static void
test_from_sockaddr(void **state)
{
	struct addr a = {.in6 = {.sin6_family = AF_INET6}};
	struct cidr c, expected;

	(void)state;
	assert_int_equal(inet_pton(AF_INET6, "::ffff:192.0.2.1", &a.in6.sin6_addr), 1);
	assert_int_equal(cidr_from_sockaddr(&a.sa, &c), 0);
	assert_int_equal(cidr_parse_host("192.0.2.1", &expected), 0);
	assert_true(cidr_contains(&expected, &c) && cidr_contains(&c, &expected));
	a = (struct addr){.in.sin_family = AF_INET};
	a.in.sin_addr.s_addr = htonl(0xc0000201);
	assert_int_equal(cidr_from_sockaddr(&a.sa, &c), 0);
	assert_memory_equal(&c, &expected, sizeof(c));
	a.sa.sa_family = AF_UNIX;
	assert_int_equal(cidr_from_sockaddr(&a.sa, &c), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_and_format),
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_unix_path_length),
		cmocka_unit_test(test_format_of_other_addresses),
		cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_cidr_refuses),
		cmocka_unit_test(test_cidr_contains),
		cmocka_unit_test(test_a_wider_host_is_not_inside),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_from_sockaddr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
