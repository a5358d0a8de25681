/* Settings: from a file, over it the environment; what is wrong is said with its line, never guessed. */
#include "config/config.h"
#include "base/io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../scratch.h"

static struct config *opened(const char *text)
{
	struct config *config = NULL;
	const char *path = scratch_path("config.yaml");
	assert_int_equal(HUFU_OK, io_replace_file(path, 0600, view_of(text), NULL));
	assert_int_equal(HUFU_OK, config_open(scratch, &config, NULL));
	return config;
}

static void test_config_config__values_of_a_file(void **state)
{
	(void)state;
	struct config *config = opened("mail:\n  server: smtp://a:25\n  password_file: secret\nescalation:\n"
	                               "  near: [2h, 30m]\n  syslog: false\nretention:\n  leak: 180d\n");
	assert_string_equal("smtp://a:25", config_text(config, "mail.server"));
	assert_string_equal("file", config_from(config, "mail.server"));
	assert_int_equal(2, config_count(config, "escalation.near"));
	assert_string_equal("30m", config_at(config, "escalation.near", 1));
	assert_null(config_at(config, "escalation.near", 2));
	assert_false(config_flag(config, "escalation.syslog"));
	assert_int_equal(180 * 86400, config_number(config, "retention.leak"));
	assert_int_equal(0, config_number(config, "retention.evidence"));
	assert_string_equal(scratch_path("secret"), config_text(config, "mail.password_file"));
	config_close(config);
}

static void test_config_config__fallbacks_and_environment(void **state)
{
	(void)state;
	setenv("HUFU_ESCALATION_MAIL", "a@b.cn, c@d.cn", 1);
	struct config *config = opened("escalation:\n  mail: x@y.cn\n");
	assert_int_equal(2, config_count(config, "escalation.mail"));
	assert_string_equal("c@d.cn", config_at(config, "escalation.mail", 1));
	assert_string_equal("environment", config_from(config, "escalation.mail"));
	assert_string_equal("127.0.0.1:8443", config_text(config, "serve.listen"));
	assert_int_equal(3, config_count(config, "escalation.near"));
	config_close(config);
	unsetenv("HUFU_ESCALATION_MAIL");
}

static void test_config_config__what_is_wrong_is_said(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		hufu_status want;
		unsigned line;
	} rows[] = {
		{ "mail:\n  servers: x\n", HUFU_USAGE, 2 },
		{ "colour: red\n", HUFU_USAGE, 1 },
		{ "mail:\n  server: [a, b]\n", HUFU_USAGE, 2 },
		{ "\nescalation:\n  syslog: perhaps\n", HUFU_USAGE, 3 },
		{ "retention:\n  leak: 180\n", HUFU_USAGE, 2 },
		{ "serve:\n  upload_max_gb: -1\n", HUFU_USAGE, 2 },
		{ "mail: [a\n", HUFU_MALFORMED, 2 },
		{ "- a\n", HUFU_USAGE, 0 },
		{ "mail:\n  server: {a: b}\n", HUFU_USAGE, 2 },
		{ "", HUFU_OK, 0 },
		{ "# nothing\n", HUFU_OK, 0 },
	};
	const char *path = scratch_path("config.yaml");
	for (size_t i = 0; i < LEN(rows); i++) {
		struct config *config = NULL;
		hufu_error error = { 0 };
		assert_int_equal(HUFU_OK, io_replace_file(path, 0600, view_of(rows[i].text), NULL));
		assert_int_equal(rows[i].want, config_open(scratch, &config, &error));
		assert_int_equal(rows[i].line, error.at);
		config_close(config);
	}
}

static void test_config_config__a_secret_is_nobody_elses(void **state)
{
	(void)state;
	struct config *config = opened("mail:\n  password_file: secret\n");
	const char *path = scratch_path("secret");
	struct bytes secret = { 0 };
	hufu_error error = { 0 };
	assert_int_equal(HUFU_IO, config_secret(config, "mail.password_file", &secret, &error));
	assert_int_equal(HUFU_OK, io_replace_file(path, 0644, view_of("open sesame\n"), NULL));
	chmod(path, 0644);
	assert_int_equal(HUFU_DENIED, config_secret(config, "mail.password_file", &secret, &error));
	chmod(path, 0600);
	assert_int_equal(HUFU_OK, config_secret(config, "mail.password_file", &secret, &error));
	assert_true(view_is(bytes_view(&secret), "open sesame"));
	bytes_done(&secret);
	config_close(config);
}

static void test_config_config__a_named_file_must_be_there(void **state)
{
	(void)state;
	struct config *config = NULL;
	hufu_error error = { 0 };
	setenv("HUFU_CONFIG", "/nowhere/config.yaml", 1);
	assert_int_equal(HUFU_IO, config_open(scratch, &config, &error));
	unsetenv("HUFU_CONFIG");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config_config__values_of_a_file),
		cmocka_unit_test(test_config_config__fallbacks_and_environment),
		cmocka_unit_test(test_config_config__what_is_wrong_is_said),
		cmocka_unit_test(test_config_config__a_secret_is_nobody_elses),
		cmocka_unit_test(test_config_config__a_named_file_must_be_there),
	};
	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
