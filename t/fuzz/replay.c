/* Runs a fuzz target without libFuzzer, with the files of a corpus as inputs:
 *
 *     fuzz_NAME FILE|DIRECTORY ...
 *
 * It exits with 1 when a file cannot be read or a directory has no files. */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

#define MAX_INPUT_BYTES (1u << 20)

/* Copies the input to memory of exactly its size, so that AddressSanitizer finds an access
 * behind it. */
static void
run_input(const unsigned char *data, size_t size)
{
	unsigned char *copy = malloc(size + (size == 0));

	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static bool
replay_file(const char *path)
{
	static unsigned char data[MAX_INPUT_BYTES + 1];
	FILE *f = fopen(path, "rb");

	if (!f) {
		perror(path);
		return false;
	}

	size_t size = fread(data, 1, sizeof(data), f);
	bool good = !ferror(f) && size <= MAX_INPUT_BYTES;

	fclose(f);
	if (!good) {
		fprintf(stderr, "%s: cannot be read, or is too long\n", path);
		return false;
	}
	run_input(data, size);
	return true;
}

static bool
replay_directory(const char *path)
{
	DIR *dir = opendir(path);
	bool good = dir != NULL;
	size_t files = 0;

	if (!dir) {
		perror(path);
		return false;
	}
	for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
		char name[4096];

		if (e->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		good = replay_file(name) && good;
		files++;
	}
	closedir(dir);
	printf("%s: %zu inputs\n", path, files);
	return good && files > 0;
}

int
main(int argc, char **argv)
{
	bool good = argc > 1;

	for (int i = 1; i < argc; i++) {
		struct stat st;
		bool is_dir = stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode);

		good = (is_dir ? replay_directory(argv[i]) : replay_file(argv[i])) && good;
	}
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
