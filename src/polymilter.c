/* polymilter(8): to come. */
int
main(void)
{
	return 0;
}
