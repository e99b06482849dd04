/* Warnings about a configuration that is valid but hardly means what was intended: what can
 * never run, what contradicts itself, what a sender can get around. For "polymilter -t" and
 * "polymilterctl check"; a start and a reload do not run this.
 *
 * Input: a configuration without errors, while it is loaded (config_check.run_good). Output:
 * section_warning() at the line that it is about. Each text says what to do, and ends with the
 * name of the lint in brackets, by which polymilterctl(8) explains it:
 *
 *	FILE:7: warning: map "all" matches every address, so the maps behind it are never used;
 *	write it last [catch-all]
 *
 * A new lint is a function and its row in lint.c, an entry in polymilterctl(8), and a file
 * t/wrong/lint-NAME.conf. It must not warn about anything in etc/examples
 * (t/lint/samples.test). */
#ifndef LINT_LINT_H
#define LINT_LINT_H

struct config;

void lint_config(const struct config *cfg);

#endif
