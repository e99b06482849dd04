/* Which text a scraper gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/accept.h"

#define OPENMETRICS "application/openmetrics-text"

/* As Prometheus 2.42 and 2.53 send it. */
#define PROMETHEUS                                                                             \
	OPENMETRICS ";version=1.0.0," OPENMETRICS                                              \
		    ";version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
#define PROMETHEUS_2_53                                                                        \
	OPENMETRICS ";version=1.0.0;q=0.5," OPENMETRICS                                        \
		    ";version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
#define CHROMIUM "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

static void
test_fields(void **state)
{
	static const struct {
		const char *field;
		bool openmetrics;
	} cases[] = {
		{NULL, false},
		{"", false},
		{"*/*", false},
		{"text/plain", false},
		{CHROMIUM, false},
		{OPENMETRICS, true},
		{" \t" OPENMETRICS " ; Version=1.0.0 ; q=0.1 , x/y", true},
		{"Application/OpenMetrics-Text", true},
		{PROMETHEUS, true},
		{PROMETHEUS_2_53, true},
		{OPENMETRICS ";version=0.0.1", false},
		{OPENMETRICS ";version=1.0.01", false},
		{OPENMETRICS ";q=0.2,text/plain", false},
		{OPENMETRICS ";q=0.2,text/plain;q=0.2", true},
		{"text/plain;q=0.9," OPENMETRICS, true},
		{OPENMETRICS ";q=0", false},
		{OPENMETRICS ";q=0.000", false},
		{OPENMETRICS ";q=0.001", true},
		{OPENMETRICS ";q=-1", false},
		{OPENMETRICS ";q=2", false},
		{OPENMETRICS ";q=", true}, /* no weight at all */
		{OPENMETRICS "x", false},
		{";;;,,;q=1;,", false},
		{",,,;" OPENMETRICS, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (accept_prefers_openmetrics(cases[i].field) == cases[i].openmetrics)
			continue;
		print_error("%s\n", cases[i].field);
		fail();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_fields)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
