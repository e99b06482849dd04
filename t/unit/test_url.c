/* util/url: the hosts of links, and links in a text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "linear.h"
#include "util/buf.h"
#include "util/url.h"

static const struct {
	const char *url, *host; /* NULL: it has none */
} rows[] = {
	{"https://a@b.EVIL.example:8/x", "b.evil.example"},
	{"https://good.example@evil.example/", "evil.example"},
	{"https://a@good.example@evil.example/", "evil.example"},
	{"https://evil.example/@good.example", "evil.example"},
	{"https://evil.example\\@good.example", "evil.example"},
	{"https://evil.example?@good.example", "evil.example"},
	{"https://evil.example#@good.example", "evil.example"},
	{"https:\\\\evil.example?x", "evil.example"},
	{"HTTP:evil.example", "evil.example"},
	{"http:/evil.example", "evil.example"},
	{"http:////evil.example", "evil.example"},
	{" \thttp://evil.example ", "evil.example"},
	{"http://evil.example)", "evil.example"},
	{"http://evil.example,", "evil.example"},
	{" \n http://evil.example/ ", "evil.example"},
	{"ht\ttp://ev\nil.example/", "evil.example"},
	{"//b\xc3\xbc"
	 "cher.example/",
	 "xn--bcher-kva.example"},
	{"http://b%C3%BCcher.example", "xn--bcher-kva.example"},
	{"http://evil\xe3\x80\x82"
	 "example/",
	 "evil.example"},
	{"http://\xef\xbd\x85vil.example/", "evil.example"},
	{"http://ev\xc2\xadil.example/", "evil.example"},
	{"http://evil.example./", "evil.example"},
	{"http://%65vil.example", "evil.example"},
	{"http://3221225985/", "192.0.2.1"},
	{"http://0xc0.0.02.1", "192.0.2.1"},
	{"http://192.0.513/", "192.0.2.1"},
	{"http://192.0.2.1:80", "192.0.2.1"},
	{"http://[2001:DB8::0:1]:80/", "[2001:db8::1]"},
	{"http://[::1", NULL},
	{"http://1.example", "1.example"},
	{"http://beef.cafe/", "beef.cafe"},
	{"www.evil.example/x", "www.evil.example"},
	{"www.evil.example:80", "www.evil.example"},
	{"ftp://a:b@evil.example/", "evil.example"},
	{"\\\\evil.example/x", "evil.example"},
	{"mailto:a@b.example", NULL},
	{"data:text/html,x", NULL},
	{"javascript://evil.example/", NULL},
	{"x/y", NULL},
	{"#z", NULL},
	{"", NULL},
	{"http://", NULL},
	{"http://a b/", "a"},
	{"http://!/", NULL},
	{"http://a%20b/", NULL},
	{"http://:80/", NULL},
};

static void
test_hosts(void **state)
{
	char host[DOMAIN_MAX_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool found = url_host(rows[i].url, strlen(rows[i].url), host);

		print_message("%s\n", rows[i].url);
		assert_int_equal(found, rows[i].host != NULL);
		if (found)
			assert_string_equal(host, rows[i].host);
	}
}

static void
test_long_hosts_are_none(void **state)
{
	struct buf url = {0};
	char host[DOMAIN_MAX_BYTES];

	(void)state;
	buf_puts(&url, "http://");
	for (size_t i = 0; i < 600; i++)
		buf_puts(&url, "u");
	assert_false(url_host((const char *)url.data, url.len, host));
	buf_puts(&url, "@evil.example");
	assert_true(url_host((const char *)url.data, url.len, host));
	assert_string_equal(host, "evil.example");
	buf_free(&url);
}

static void
check_text(const char *text, const char *wanted)
{
	struct buf out = {0};
	size_t at = 0, n;

	while (url_find_in_text(text, strlen(text), &at, &n)) {
		buf_putc(&out, '{');
		buf_append(&out, text + at, n);
		buf_putc(&out, '}');
		at += n;
	}
	assert_string_equal(buf_string(&out), wanted);
	buf_free(&out);
}

static void
test_links_in_text(void **state)
{
	(void)state;
	check_text("see http://a.example/x, or HTTPS://b.example.", "{http://a.example/x,}"
								    "{HTTPS://b.example.}");
	check_text("<http://a.example> \"www.b.example\" (WWW.c.example)",
		   "{http://a.example}{www.b.example}{WWW.c.example)}");
	check_text("http://www.a.example", "{http://www.a.example}");
	check_text("awww.a.example 2www.b.example xhttp://c.example", "{http://c.example}");
	check_text("ftp://a.example : . :// www", "");
	check_text("http://", "");
	check_text("", "");
}

static void
find_all(const void *ctx, const struct buf *in)
{
	char host[DOMAIN_MAX_BYTES];
	size_t at = 0, n;

	(void)ctx;
	while (url_find_in_text((const char *)in->data, in->len, &at, &n)) {
		(void)url_host((const char *)in->data + at, n, host);
		at += n;
	}
}

static void
test_texts_take_linear_time(void **state)
{
	(void)state;
	assert_linear_text("", "http://a.example ", "", 1 << 17, find_all, NULL);
	assert_linear_text("", "http://", "", 1 << 18, find_all, NULL);
	assert_linear_text("http://", "@", "", 1 << 18, find_all, NULL);
	assert_linear_text("", "www.", "", 1 << 18, find_all, NULL);
	assert_linear_text("", "://", "", 1 << 18, find_all, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_long_hosts_are_none),
		cmocka_unit_test(test_links_in_text),
		cmocka_unit_test(test_texts_take_linear_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
