/* A mail over the jail's door, by the real reader: test_case_mail READER */
#include "case/mail.h"

#include "base/auto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

static void read_text(const char *text, const char *name, struct case_mail *out)
{
	AUTO_FD fd = memfd_create("mail", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(case_mail_read(fd, view_of(name), out, NULL), HUFU_OK);
}

static void test_case_mail__collected(void **state)
{
	struct case_mail mail;
	(void)state;
	read_text("From: d@example.net\r\nMessage-ID: <1@example.net>\r\nSubject: =?gb2312?Q?=B8=B6_=BF=EE?=\r\n"
	          "Date: Sun, 11 Dec 2022 10:00:00 +0000\r\n"
	          "Received: from a by mx.example.com; Sun, 11 Dec 2022 10:00:05 +0000\r\n"
	          "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nPay 1 BTC.\r\n\r\nSoon.\r\n--b\r\n"
	          "Content-Type: text/csv; name=s.csv\r\n\r\na,b\r\n1,2\r\n--b\r\nContent-Type: application/pdf; "
	          "name=x.pdf\r\n"
	          "\r\n%PDF-1.4\r\n--b--\r\n",
	        "demand.eml", &mail);
	assert_true(mail.is_mail && !mail.cut && mail.mails == 0);
	assert_true(view_is(mail.subject, "付 款"));
	assert_true(view_is(mail.text, "Pay 1 BTC.\n\nSoon.\n"));
	assert_int_equal(mail.header_count, 6);
	assert_true(view_is(mail.headers[0].name, "Received"));
	assert_true(view_is(case_mail_header(&mail, "message-id"), "<1@example.net>"));
	assert_int_equal(mail.file_count, 2);
	assert_true(view_is(mail.files[0].path, "s.csv") && view_is(mail.files[0].type, "text/csv"));
	assert_int_equal(mail.files[0].bytes, 8);
	assert_int_equal(mail.unread_count, 1);
	assert_true(view_is(mail.unread[0].path, "x.pdf"));
	case_mail_done(&mail);
}

static void test_case_mail__no_mail_and_no_marks(void **state)
{
	struct case_mail mail;
	(void)state;
	read_text("a,b\n1,2\n", "leak.csv", &mail);
	assert_true(!mail.is_mail && mail.header_count == 0 && mail.text.len == 0);
	case_mail_done(&mail);
	read_text("Subject: pay\n\nnow\n", "demand.eml", &mail);
	assert_true(mail.is_mail && view_is(mail.text, "now\n"));
	case_mail_done(&mail);
	read_text("", "demand.eml", &mail);
	assert_true(!mail.is_mail && mail.unread_count == 1);
	case_mail_done(&mail);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_case_mail__collected),
		cmocka_unit_test(test_case_mail__no_mail_and_no_marks),
	};
	if (argc != 2)
		return 2;
	setenv("HUFU_READER", argv[1], 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
