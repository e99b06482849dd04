#include "import/convert_private.h"
void
convert_milter_regex(struct conversion *c, const struct setting *s)
{
	(void)c;
	(void)s;
}
