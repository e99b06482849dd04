/* Private to src/html: the table of named character references. */
#ifndef HTML_HTML_ENTITY_H
#define HTML_HTML_ENTITY_H

#include <stdint.h>

#define HTML_ENTITIES 2125

extern const char html_entity_text[];
extern const uint16_t html_entity_at[HTML_ENTITIES]; /* where each begins, in order */

#endif
