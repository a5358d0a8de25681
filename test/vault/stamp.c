/* Time stamps against an authority of our own: `openssl ts`, run here. */
#include "vault/stamp.h"

#include "base/clock.h"
#include "base/io.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#undef fail
#include <cmocka.h>

#include "../scratch.h"

static const char config[] = "[req]\n"
                             "distinguished_name = dn\n"
                             "[dn]\n"
                             "[ca]\n"
                             "basicConstraints = critical, CA:TRUE\n"
                             "[tsa]\n"
                             "extendedKeyUsage = critical, timeStamping\n"
                             "[ts]\n"
                             "default_tsa = authority\n"
                             "[authority]\n"
                             "serial = serial\n"
                             "signer_cert = tsa.pem\n"
                             "certs = ca.pem\n"
                             "signer_key = tsa.key\n"
                             "signer_digest = sha256\n"
                             "default_policy = 1.3.6.1.4.1.99999.1\n"
                             "digests = sha256\n"
                             "accuracy = secs:1\n"
                             "[only512]\n"
                             "serial = serial\n"
                             "signer_cert = tsa.pem\n"
                             "certs = ca.pem\n"
                             "signer_key = tsa.key\n"
                             "signer_digest = sha256\n"
                             "default_policy = 1.3.6.1.4.1.99999.1\n"
                             "digests = sha512\n"
                             "[dated]\n"
                             "database = index\n"
                             "new_certs_dir = .\n"
                             "serial = serial\n"
                             "default_md = sha256\n"
                             "policy = any\n"
                             "unique_subject = no\n"
                             "[any]\n"
                             "commonName = supplied\n";

static uint8_t hash[STAMP_HASH_LEN];
static struct stamp_trust *ca; /* of the authority */

/* One shell line in the scratch directory; it must succeed. */
static void shell(const char *line)
{
	AUTO_FREE char *whole = NULL;

	assert_true(asprintf(&whole, "cd %s && { %s; } >log 2>&1", scratch, line) > 0);
	int code = system(whole); // NOLINT(cert-env33-c): the test's own constant lines
	if (code)
		fail_msg("%s: see %s/log", line, scratch);
}

static int setup(void **state)
{
	if (scratch_setup(state) != 0)
		return -1;
	memset(hash, 7, sizeof hash);
	scratch_write(scratch_path("cnf"), config, 0600);
	static const char *const lines[] = {
		"echo 01 > serial",
		"openssl req -x509 -config cnf -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=authority "
		"-extensions ca -days 30",
		"openssl req -x509 -config cnf -newkey rsa:2048 -nodes -keyout other.key -out other.pem -subj "
		"/CN=other "
		"-extensions ca -days 30",
		"openssl req -config cnf -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /CN=stamps",
		"openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -set_serial 2 -days 20 -extfile cnf "
		"-extensions tsa -out "
		"tsa.pem",
	};
	for (size_t i = 0; i < LEN(lines); i++)
		shell(lines[i]);
	return stamp_trust_load(scratch_path("ca.pem"), &ca, NULL) == HUFU_OK ? 0 : -1;
}

static int teardown(void **state)
{
	stamp_trust_free(ca);
	ca = NULL;
	return scratch_teardown(state);
}

static struct stamp_trust *trust_in(const char *name)
{
	struct stamp_trust *trust = NULL;

	assert_int_equal(stamp_trust_load(scratch_path(name), &trust, NULL), HUFU_OK);
	return trust;
}

static void keep(const char *name, const struct bytes *bytes)
{
	assert_int_equal(io_replace_file(scratch_path(name), 0600, bytes_view(bytes), NULL), HUFU_OK);
}

static struct bytes load(const char *name)
{
	struct bytes bytes = { 0 };

	assert_int_equal(io_read_file(scratch_path(name), 1 << 20, &bytes, NULL), HUFU_OK);
	return bytes;
}

/* Asks and has it answered. */
static void answer(struct bytes *request, struct bytes *response)
{
	assert_int_equal(stamp_request(hash, request, NULL), HUFU_OK);
	keep("request", request);
	shell("openssl ts -reply -config cnf -section authority -queryfile request -out response");
	*response = load("response");
}

static void test_vault_stamp__a_good_one(void **state)
{
	struct bytes request = { 0 }, response = { 0 }, token = { 0 };
	struct stamp stamp = { 0 }, again = { 0 };
	hufu_error error = { 0 };

	(void)state;
	answer(&request, &response);
	hufu_status status =
	        stamp_check_response(bytes_view(&response), bytes_view(&request), ca, &token, &stamp, &error);
	if (status != HUFU_OK)
		print_error("%s\n", error.what);
	assert_int_equal(status, HUFU_OK);
	assert_true(stamp.at > clock_now() - 60 && stamp.at <= clock_now() + 1);
	assert_non_null(strstr(stamp.by, "CN=stamps"));
	assert_string_equal(stamp.serial, "02");
	assert_int_equal(stamp_check(bytes_view(&token), hash, ca, &again, &error), HUFU_OK);
	assert_int_equal(again.at, stamp.at);
	assert_int_equal(stamp_check(bytes_view(&response), hash, ca, &again, &error), HUFU_OK);
	keep("token", &token);
	shell("openssl ts -verify -queryfile request -in response -CAfile ca.pem");
	shell("openssl ts -verify -queryfile request -token_in -in token -CAfile ca.pem");
	bytes_done(&request);
	bytes_done(&response);
	bytes_done(&token);
}

static void test_vault_stamp__what_does_not_fit(void **state)
{
	struct bytes request = { 0 }, response = { 0 }, other = { 0 };
	struct stamp stamp;
	hufu_error error = { 0 };
	uint8_t another[STAMP_HASH_LEN] = { 1 };
	struct stamp_trust *stranger = trust_in("other.pem"), *none = NULL;

	(void)state;
	answer(&request, &response);
	hufu_view got = bytes_view(&response);
	assert_int_equal(stamp_check(got, another, ca, &stamp, &error), HUFU_MALFORMED);
	assert_string_equal(error.what, "the time stamp is over something else");
	assert_int_equal(stamp_check(got, hash, stranger, &stamp, &error), HUFU_MALFORMED);
	assert_string_equal(error.what, "the time stamp's signer is not among the trusted");
	assert_int_equal(stamp_request(hash, &other, NULL), HUFU_OK);
	assert_int_equal(stamp_check_response(got, bytes_view(&other), ca, NULL, &stamp, &error), HUFU_MALFORMED);
	assert_string_equal(error.what, "the time stamp answers another request");
	assert_int_equal(stamp_trust_load(scratch_path("log-of-none"), &none, &error), HUFU_IO);
	assert_int_equal(stamp_trust_load(scratch_path("cnf"), &none, &error), HUFU_MALFORMED);
	assert_string_equal(error.what, "holds no certificates");
	assert_null(none);
	assert_int_equal(stamp_check(got, hash, NULL, &stamp, &error), HUFU_OK); /* whoever signed it */
	assert_int_equal(stamp_check(got, another, NULL, &stamp, &error), HUFU_MALFORMED);
	assert_string_equal(error.what, "the time stamp is over something else");
	assert_int_equal(stamp_check(view_of("no stamp"), hash, ca, &stamp, &error), HUFU_MALFORMED);
	assert_int_equal(stamp_check((hufu_view){ 0 }, hash, ca, &stamp, &error), HUFU_MALFORMED);
	shell("openssl ts -reply -config cnf -section only512 -queryfile request -out refused || true");
	struct bytes refused = load("refused");
	assert_int_equal(stamp_check_response(bytes_view(&refused), bytes_view(&request), ca, NULL, &stamp, &error),
	        HUFU_DENIED);
	assert_string_equal(error.what, "the time stamping authority refused");
	stamp_trust_free(stranger);
	bytes_done(&refused);
	bytes_done(&request);
	bytes_done(&response);
	bytes_done(&other);
}

/* Every byte counts, or is not part of what was said: a changed one never moves the time. */
static void test_vault_stamp__altered_bytes(void **state)
{
	struct bytes request = { 0 }, response = { 0 };
	struct stamp good, stamp;
	size_t held = 0;

	(void)state;
	answer(&request, &response);
	assert_int_equal(stamp_check(bytes_view(&response), hash, ca, &good, NULL), HUFU_OK);
	for (size_t i = 0; i < 2 * response.len; i++) {
		char *at = &response.ptr[i % response.len];
		*at ^= (char)(1 << (i % 8));
		if (stamp_check(bytes_view(&response), hash, i < response.len ? ca : NULL, &stamp, NULL) == HUFU_OK) {
			held++;
			assert_int_equal(stamp.at, good.at);
			assert_string_equal(stamp.serial, good.serial);
		}
		*at ^= (char)(1 << (i % 8));
	}
	for (size_t len = 0; len < response.len; len += 7)
		assert_int_not_equal(stamp_check(view_make(response.ptr, len), hash, ca, &stamp, NULL), HUFU_OK);
	print_message("%zu of %zu altered bytes do not matter\n", held, 2 * response.len);
	bytes_done(&request);
	bytes_done(&response);
}

/* Who issued the authority's certificate decides, not its name. */
static void test_vault_stamp__certificates(void **state)
{
	struct bytes request = { 0 }, response = { 0 };
	struct stamp stamp;
	hufu_error error = { 0 };

	(void)state;
	shell("openssl x509 -req -in tsa.csr -CA other.pem -CAkey other.key -set_serial 3 -days 20 -extfile cnf "
	      "-extensions "
	      "tsa -out tsa.pem");
	answer(&request, &response);
	assert_int_equal(stamp_check(bytes_view(&response), hash, ca, &stamp, &error), HUFU_MALFORMED);
	struct stamp_trust *other = trust_in("other.pem");
	assert_int_equal(stamp_check(bytes_view(&response), hash, other, &stamp, &error), HUFU_OK);
	stamp_trust_free(other);
	bytes_done(&request);
	bytes_done(&response);
}

/* A certificate for the authority, good from `from` to `until` (seconds from now), and a stamp by it. */
static void answer_dated(int from, int until, struct bytes *response)
{
	struct bytes request = { 0 };
	char dates[2][24], line[512];
	time_t ends[2] = { time(NULL) + from, time(NULL) + until };

	for (size_t i = 0; i < 2; i++)
		strftime(dates[i], sizeof dates[i], "%Y%m%d%H%M%SZ", gmtime(&ends[i]));
	snprintf(line, sizeof line,
	        "touch index && openssl ca -batch -config cnf -name dated -in tsa.csr -cert ca.pem -keyfile ca.key "
	        "-extfile "
	        "cnf -extensions tsa -startdate %s -enddate %s -notext -out tsa.pem",
	        dates[0], dates[1]);
	shell(line);
	answer(&request, response);
	bytes_done(&request);
}

/* The time in the stamp is what counts: looked at later, a certificate that has run out since is as good; one that had
 * run out when it stamped is not. */
static void test_vault_stamp__certificates_by_their_time(void **state)
{
	struct bytes response = { 0 };
	struct stamp stamp;
	hufu_error error = { 0 };
	const struct timespec wait = { .tv_sec = 6 };

	(void)state;
	answer_dated(-2 * 86400, -86400, &response);
	assert_int_equal(stamp_check(bytes_view(&response), hash, ca, &stamp, &error), HUFU_MALFORMED);
	assert_string_equal(error.what, "the time stamp's signer is not among the trusted");
	bytes_done(&response);
	answer_dated(-86400, 5, &response);
	nanosleep(&wait, NULL);
	shell("! openssl verify -CAfile ca.pem tsa.pem");
	assert_int_equal(stamp_check(bytes_view(&response), hash, ca, &stamp, &error), HUFU_OK);
	bytes_done(&response);
}

/* Authorities have names in their own script, keys of other sorts, and long numbers. */
static void test_vault_stamp__names_and_keys(void **state)
{
	struct bytes request = { 0 }, response = { 0 };
	struct stamp stamp;

	(void)state;
	shell("openssl ecparam -name secp384r1 -genkey -noout -out tsa.key && openssl req -config cnf -new -utf8 -key "
	      "tsa.key "
	      "-subj '/O=时间戳服务中心/CN=一号' -out tsa.csr");
	shell("openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -set_serial 4 -days 20 -extfile cnf -extensions "
	      "tsa "
	      "-out tsa.pem && echo 7F0102030405060708090A0B0C0D0E0F10111213 > serial");
	answer(&request, &response);
	assert_int_equal(stamp_check(bytes_view(&response), hash, ca, &stamp, NULL), HUFU_OK);
	assert_string_equal(stamp.by, "CN=一号,O=时间戳服务中心");
	assert_string_equal(stamp.serial, "7F0102030405060708090A0B0C0D0E0F10111214");
	bytes_done(&request);
	bytes_done(&response);
}

static const char *authority; /* the program that serves HTTP */

static pid_t serve(char port[16])
{
	const struct timespec step = { .tv_nsec = 20000000 };
	pid_t child = fork();

	assert_true(child >= 0);
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(authority, authority, scratch, (char *)NULL);
		_exit(127);
	}
	for (int i = 0; access(scratch_path("port"), F_OK) != 0; i++) {
		assert_true(i < 1000);
		assert_int_equal(waitpid(child, NULL, WNOHANG), 0);
		nanosleep(&step, NULL);
	}
	struct bytes text = load("port");
	snprintf(port, 16, "%.*s", (int)text.len, text.ptr);
	bytes_done(&text);
	return child;
}

static void test_vault_stamp__over_http(void **state)
{
	static const struct {
		const char *path;
		hufu_status want;
		const char *what;
	} rows[] = {
		{ "/page", HUFU_IO, "answers with something else than a time stamp" },
		{ "/moved", HUFU_IO, "answers with something else than a time stamp" },
		{ "/long", HUFU_LIMIT, "its answer is longer than a time stamp can be" },
	};
	struct bytes request = { 0 }, response = { 0 };
	struct stamp stamp;
	hufu_error error = { 0 };
	char port[16], url[64];

	(void)state;
	pid_t child = serve(port);
	snprintf(url, sizeof url, "http://127.0.0.1:%s/", port);
	assert_int_equal(stamp_request(hash, &request, NULL), HUFU_OK);
	hufu_status asked = stamp_request_over_http(url, bytes_view(&request), 30, &response, &error);
	for (size_t i = 0; i < LEN(rows); i++) {
		snprintf(url, sizeof url, "http://127.0.0.1:%s%s", port, rows[i].path);
		struct bytes none = { 0 };
		assert_int_equal(stamp_request_over_http(url, bytes_view(&request), 30, &none, &error), rows[i].want);
		assert_string_equal(error.what, rows[i].what);
		assert_null(none.ptr);
	}
	struct bytes silence = { 0 };
	snprintf(url, sizeof url, "http://127.0.0.1:%s/hang", port);
	assert_int_equal(stamp_request_over_http(url, bytes_view(&request), 1, &silence, &error), HUFU_TIMEOUT);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(asked, HUFU_OK);
	assert_int_equal(
	        stamp_check_response(bytes_view(&response), bytes_view(&request), ca, NULL, &stamp, &error), HUFU_OK);
	snprintf(url, sizeof url, "http://127.0.0.1:%s/", port);
	assert_int_equal(stamp_request_over_http(url, bytes_view(&request), 30, &response, &error), HUFU_IO);
	assert_string_equal(error.what, "cannot be reached");
	assert_int_equal(
	        stamp_request_over_http("file:///etc/passwd", bytes_view(&request), 30, &response, &error), HUFU_USAGE);
	bytes_done(&request);
	bytes_done(&response);
}

int main(int argc, char **argv)
{
	assert_true(argc == 2);
	authority = argv[1];
	unsetenv("http_proxy");
	unsetenv("HTTP_PROXY");
	unsetenv("ALL_PROXY");
	unsetenv("all_proxy");
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(test_vault_stamp__a_good_one),
		IN_SCRATCH(test_vault_stamp__what_does_not_fit),
		IN_SCRATCH(test_vault_stamp__altered_bytes),
		IN_SCRATCH(test_vault_stamp__certificates),
		IN_SCRATCH(test_vault_stamp__certificates_by_their_time),
		IN_SCRATCH(test_vault_stamp__names_and_keys),
		IN_SCRATCH(test_vault_stamp__over_http),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
