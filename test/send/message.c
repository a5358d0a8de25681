/* A mail's bytes: what may stand in a header, what may not, and how other letters than English ones are written. */
#include "send/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#undef fail
#include <cmocka.h>

static const struct send_message plain = { .to = "li@carmaker.example",
	.from = "hufu@carmaker.example",
	.subject = "due",
	.text = "text\n",
	.id = "abc.1",
	.at = 1670722200 };

static struct bytes written(struct send_message message)
{
	struct bytes out = { 0 };
	hufu_error error = { 0 };
	if (message_write(&message, &out, &error) != HUFU_OK)
		fail_msg("%s: %s", error.where, error.what);
	bytes_byte(&out, '\0');
	return out;
}

static void holds(const struct bytes *mail, const char *want)
{
	if (!strstr(mail->ptr, want))
		fail_msg("no <%s> in:\n%s", want, mail->ptr);
}

static void test_send_message__is_a_mail(void **state)
{
	struct bytes mail = written(plain);
	(void)state;
	assert_string_equal(mail.ptr, "Date: Sun, 11 Dec 2022 01:30:00 +0000\r\n"
	                              "From: hufu@carmaker.example\r\n"
	                              "To: li@carmaker.example\r\n"
	                              "Message-ID: <abc.1@carmaker.example>\r\n"
	                              "Subject: due\r\n"
	                              "MIME-Version: 1.0\r\n"
	                              "Content-Type: text/plain; charset=utf-8\r\n"
	                              "Content-Transfer-Encoding: base64\r\n"
	                              "\r\n"
	                              "dGV4dA0K\r\n");
	bytes_done(&mail);
}

static void test_send_message__encodes_what_is_not_ascii(void **state)
{
	struct send_message message = plain;
	(void)state;
	message.from = "虎符 <hufu@carmaker.example>";
	message.to = "\"Li, legal\" <li@carmaker.example>";
	message.subject = "【虎符】2026-1 CN-CACIR-4d 期限前 4 小时";
	message.headers = (const struct send_header[]){ { "X-Note", "=?UTF-8?B?AAAA?=" } };
	message.header_count = 1;
	struct bytes mail = written(message);
	holds(&mail, "From: =?UTF-8?B?6JmO56ym?=\r\n <hufu@carmaker.example>\r\n");
	holds(&mail, "To: =?UTF-8?B?TGksIGxlZ2Fs?=\r\n <li@carmaker.example>\r\n");
	/* Words end between characters. */
	holds(&mail, "Subject: =?UTF-8?B?44CQ6JmO56ym44CRMjAyNi0xIENOLUNBQ0lSLTRk?=\r\n "
	             "=?UTF-8?B?IOacn+mZkOWJjSA0IOWwj+aXtg==?=\r\n");
	holds(&mail, "X-Note: =?UTF-8?B?PT9VVEYtOD9CP0FBQUE/PQ==?=\r\n"); /* no word of ours: it is told as it is */
	bytes_done(&mail);
}

static void test_send_message__refuses_what_would_be_another_header(void **state)
{
	static const struct {
		const char *name;
		struct send_message message;
	} rows[] = {
		{ "line end in the subject", { .subject = "due\r\nBcc: x@example.org" } },
		{ "bare line end", { .subject = "due\nBcc: x@example.org" } },
		{ "bare return", { .subject = "due\rBcc: x@example.org" } },
		{ "Unicode line end", { .subject = "due\xe2\x80\xa8"
		                                   "Bcc" } },
		{ "C1 line end", { .subject = "due\xc2\x85"
		                              "Bcc" } },
		{ "broken UTF-8", { .subject = "due \xff" } },
		{ "line end in the address", { .to = "li@carmaker.example>\r\nBcc: <x@example.org" } },
		{ "line end in the name", { .to = "Li\r\nBcc: x@example.org <li@carmaker.example>" } },
		{ "two addresses", { .to = "li@carmaker.example, x@example.org" } },
		{ "a command", { .to = "li@carmaker.example> NOTIFY=NEVER" } },
		{ "no address", { .to = "li" } },
		{ "two @", { .to = "li@x@example.org" } },
		{ "empty", { .to = "" } },
		{ "dots", { .to = "li..legal@example.org" } },
		{ "not for plain SMTP", { .to = "李@example.org" } },
		{ "no sender", { .from = "hufu" } },
		{ "id", { .id = "a b" } },
		{ "id with line end", { .id = "a\r\n" } },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct send_message message = plain, wrong = rows[i].message;
		struct bytes out = { 0 };
		message.subject = wrong.subject ? wrong.subject : message.subject;
		message.to = wrong.to ? wrong.to : message.to;
		message.from = wrong.from ? wrong.from : message.from;
		message.id = wrong.id ? wrong.id : message.id;
		if (message_write(&message, &out, NULL) != HUFU_MALFORMED)
			fail_msg("%s: was taken", rows[i].name);
		bytes_done(&out);
	}
	static const struct send_header headers[] = { { "X-Note: a\r\nBcc", "x" }, { "X-Note", "a\r\nBcc: x" },
		{ "", "x" } };
	for (size_t i = 0; i < LEN(headers); i++) {
		struct send_message message = plain;
		struct bytes out = { 0 };
		message.headers = &headers[i];
		message.header_count = 1;
		assert_int_equal(message_write(&message, &out, NULL), HUFU_MALFORMED);
		bytes_done(&out);
	}
}

static void test_send_message__keeps_lines_short(void **state)
{
	struct send_message message = plain;
	char longest[600];
	size_t width = 0;
	(void)state;
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = 0;
	message.subject = longest;
	message.text = longest;
	struct bytes mail = written(message);
	for (const char *at = mail.ptr; *at; at++) {
		width = *at == '\n' ? 0 : width + 1;
		assert_true(width <= 78 + 1); /* with the return */
	}
	bytes_done(&mail);
}

static void test_send_message__knows_servers(void **state)
{
	static const struct {
		const char *url;
		bool good, secure, loopback;
		const char *host;
	} rows[] = {
		{ "https://hook.example.cn/a?token=1", true, true, false, "hook.example.cn" },
		{ "https://hook.example.cn:8443", true, true, false, "hook.example.cn" },
		{ "http://127.0.0.1:8080/x", true, false, true, "127.0.0.1" },
		{ "http://localhost/x", true, false, true, "localhost" },
		{ "http://[::1]:80/x", true, false, true, "::1" },
		{ "http://127.0.0.1.example.org/x", true, false, false, "127.0.0.1.example.org" },
		{ "https://user:secret@hook.example.cn/", false, false, false, NULL },
		{ "https://hook.example.cn@evil.example/", false, false, false, NULL },
		{ "https://hook example/", false, false, false, NULL },
		{ "https://hook.example:port/", false, false, false, NULL },
		{ "https://[::1", false, false, false, NULL },
		{ "https://[::1]x/", false, false, false, NULL },
		{ "https:///x", false, false, false, NULL },
		{ "ftp://hook.example.cn/", false, false, false, NULL },
		{ "hook.example.cn", false, false, false, NULL },
		{ "https://hook.example/\r\nX: y", false, false, false, NULL },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct server_name name = { 0 };
		if (server_parse(rows[i].url, "http://", "https://", &name) != rows[i].good)
			fail_msg("%s", rows[i].url);
		if (!rows[i].good)
			continue;
		assert_string_equal(name.host, rows[i].host);
		assert_int_equal(name.secure, rows[i].secure);
		assert_int_equal(name.loopback, rows[i].loopback);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_send_message__is_a_mail),
		cmocka_unit_test(test_send_message__encodes_what_is_not_ascii),
		cmocka_unit_test(test_send_message__refuses_what_would_be_another_header),
		cmocka_unit_test(test_send_message__keeps_lines_short),
		cmocka_unit_test(test_send_message__knows_servers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
