/* hyperscan FILE: finds what looks like an identifier in a mapped file, by Hyperscan, in block mode without start of
 * match; prints seconds of the scan (patterns compiled before) and how many matches. The kinds are those of src/ident
 * that running text is searched for; no check digit is looked at, nothing is normalised. */
#include <fcntl.h>
#include <hs.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

static const char *const patterns[] = {
	"\\b1[3-9][0-9]{9}\\b",                                                  /* mobile */
	"\\b1[3-9][0-9][ -][0-9]{4}[ -][0-9]{4}\\b",                             /* in groups */
	"(\\+|00)86[ -]?1[3-9][0-9]{9}\\b",                                      /* with the country's code */
	"\\b1[3-9][0-9]\\*{4}[0-9]{4}\\b",                                       /* masked */
	"\\b[1-9][0-9]{5}(19|20)[0-9]{2}[01][0-9][0-3][0-9]{4}[0-9Xx]\\b",       /* resident ID */
	"\\b[A-HJ-NPR-Z0-9]{17}\\b",                                             /* VIN */
	"\\b[2-6][0-9]{15,18}\\b",                                               /* bank card */
	"\\b[2-6][0-9]{3}( [0-9]{4}){3}( [0-9]{1,3})?\\b",                       /* in groups */
	"\\b[0-9A-Y]{2}[0-9]{6}[0-9A-Y]{9}[0-9A-Y]\\b",                          /* company's code */
	"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\\.[A-Za-z0-9-]{1,63}){1,4}", /* e-mail */
	"(京|津|沪|渝|冀|豫|云|辽|黑|湘|皖|鲁|新|苏|浙|赣|鄂|桂|甘|晋|蒙|陕|吉|闽|贵|粤|青|藏|川|宁|琼)[A-Z][A-HJ-NP-"
	"Z0-9]{5,6}",                                          /* plate */
	"(姓名|车主|联系人|收件人|地址|住址|电话|手机)(:|：)", /* what announces a name or an address */
};

enum { PATTERNS = sizeof patterns / sizeof *patterns };

static int count_one(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *count)
{
	(void)id, (void)from, (void)to, (void)flags;
	++*(unsigned long *)count;
	return 0;
}

static double now(void)
{
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	unsigned flags[PATTERNS] = { 0 }, ids[PATTERNS] = { 0 };
	hs_database_t *database;
	hs_scratch_t *scratch = NULL;
	hs_compile_error_t *wrong;
	struct stat about;
	int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
	if (fd < 0 || fstat(fd, &about) != 0 || about.st_size > 0xffffffffL)
		return 2;
	if (hs_compile_multi(patterns, flags, ids, PATTERNS, HS_MODE_BLOCK, NULL, &database, &wrong) != HS_SUCCESS) {
		fprintf(stderr, "hyperscan: %s\n", wrong->message);
		return 2;
	}
	unsigned long found = 0;
	if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS)
		return 2;
	double began = now();
	const char *text = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED ||
	        hs_scan(database, text, (unsigned)about.st_size, 0, scratch, count_one, &found) != HS_SUCCESS)
		return 2;
	printf("%.4f %lu\n", now() - began, found);
	return 0;
}
