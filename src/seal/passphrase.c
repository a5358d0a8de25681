/* Passphrases: out of a guarded file, or typed without echo. Never from argv or an environment variable, which other
 * users and core dumps may show. In locked memory, wiped when freed. Uses base and libsodium. */
#include "base/io.h"
#include "seal/key.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <termios.h>

enum { PASSPHRASE_MAX = 1025, FRESH_MIN = 8 };
enum { PRESSED_INTERRUPT = 3, PRESSED_END = 4, PRESSED_KILL = 21, PRESSED_QUIT = 28, PRESSED_DELETE = 127 };

void key_passphrase_free(char *passphrase)
{
	sodium_free(passphrase);
}

/* Reads one line, without its end; false at an error, at the end of input before a byte, or when it is too long. */
static bool read_line(int fd, char out[PASSPHRASE_MAX])
{
	size_t len = 0;
	char byte = 0;

	for (;;) {
		ssize_t got = read(fd, &byte, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || (got == 0 && len == 0))
			return false;
		if (got == 0 || byte == '\n')
			break;
		if (len == PASSPHRASE_MAX - 1)
			return false;
		out[len++] = byte;
	}
	if (len && out[len - 1] == '\r')
		len--;
	out[len] = '\0';
	return len > 0;
}

/* The same from a terminal that hands over every key as it is pressed: what its own line editing does otherwise. */
static bool type_line(int tty, char out[PASSPHRASE_MAX], bool *interrupted)
{
	size_t len = 0;
	char byte = 0;

	for (;;) {
		if (read(tty, &byte, 1) != 1)
			return false;
		*interrupted = byte == PRESSED_INTERRUPT || byte == PRESSED_QUIT;
		if (*interrupted || (byte == PRESSED_END && len == 0))
			return false;
		if (byte == '\n' || byte == '\r' || byte == PRESSED_END)
			break;
		if (byte == PRESSED_DELETE || byte == '\b')
			while (len && ((unsigned char)out[--len] & 0xC0) == 0x80)
				; /* a whole character of UTF-8 */
		else if (byte == PRESSED_KILL)
			len = 0;
		else if (len < PASSPHRASE_MAX - 1)
			out[len++] = byte;
	}
	out[len] = '\0';
	return len > 0;
}

static hufu_status read_from_file(const char *path, char *out, hufu_error *error)
{
	struct stat about;
	AUTO_FD fd = -1;

	hufu_status status = io_open(path, &fd, error);
	if (status != HUFU_OK)
		return status;
	if (fstat(fd, &about) != 0)
		return fail_errno(error, view_of(path), NULL);
	if (about.st_mode & 077)
		return fail(
		        error, HUFU_DENIED, view_of(path), "holds a passphrase and others may read it", "chmod 600 it");
	if (!read_line(fd, out))
		return fail(error, HUFU_MALFORMED, view_of(path), "has no passphrase in its first line", NULL);
	return HUFU_OK;
}

/* Interrupt keys come as bytes while the echo is off, so that the terminal is never left dumb. */
static hufu_status read_from_terminal(const char *prompt, char *out, hufu_error *error)
{
	struct termios before, silent;
	AUTO_FD tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	bool interrupted = false;

	if (tty < 0 || tcgetattr(tty, &before) != 0)
		return fail(error, HUFU_DENIED, (hufu_view){ 0 },
		        "a passphrase is needed and there is no terminal to ask on",
		        "put it into a file of mode 600 and set HUFU_PASSPHRASE_FILE to that");
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ISIG | ICANON);
	silent.c_cc[VMIN] = 1;
	silent.c_cc[VTIME] = 0;
	tcsetattr(tty, TCSAFLUSH, &silent);
	(void)!write(tty, prompt, strlen(prompt));
	(void)!write(tty, ": ", 2);
	bool got = type_line(tty, out, &interrupted);
	tcsetattr(tty, TCSAFLUSH, &before);
	(void)!write(tty, "\n", 1);
	if (interrupted)
		raise(SIGINT);
	return got ? HUFU_OK : fail(error, HUFU_DENIED, (hufu_view){ 0 }, "no passphrase was given", NULL);
}

static hufu_status confirm(const char *passphrase, hufu_error *error)
{
	char *again = sodium_malloc(PASSPHRASE_MAX);

	if (!again)
		return fail(error, HUFU_NO_MEMORY, (hufu_view){ 0 }, "out of memory", NULL);
	hufu_status status = read_from_terminal("The same again", again, error);
	if (status == HUFU_OK && strcmp(passphrase, again) != 0)
		status = fail(error, HUFU_DENIED, (hufu_view){ 0 }, "the two passphrases differ", NULL);
	sodium_free(again);
	return status;
}

hufu_status key_passphrase(const char *prompt, bool fresh, char **out, hufu_error *error)
{
	const char *file = getenv("HUFU_PASSPHRASE_FILE");
	bool from_file = file && file[0];
	char *passphrase = sodium_init() < 0 ? NULL : sodium_malloc(PASSPHRASE_MAX);

	if (!passphrase)
		return fail(error, HUFU_NO_MEMORY, (hufu_view){ 0 }, "out of memory", NULL);
	hufu_status status =
	        from_file ? read_from_file(file, passphrase, error) : read_from_terminal(prompt, passphrase, error);
	if (status == HUFU_OK && fresh && strlen(passphrase) < FRESH_MIN)
		status = fail(error, HUFU_USAGE, from_file ? view_of(file) : (hufu_view){ 0 },
		        "the passphrase has fewer than eight characters", "take some words instead");
	if (status == HUFU_OK && fresh && !from_file)
		status = confirm(passphrase, error);
	if (status != HUFU_OK) {
		sodium_free(passphrase);
		return status;
	}
	*out = passphrase;
	return HUFU_OK;
}

hufu_status key_secret_ask(const char *prompt, bool fresh, char **out, hufu_error *error)
{
	bool terminal = isatty(STDIN_FILENO);
	char *secret = sodium_init() < 0 ? NULL : sodium_malloc(PASSPHRASE_MAX);

	if (!secret)
		return fail(error, HUFU_NO_MEMORY, (hufu_view){ 0 }, "out of memory", NULL);
	hufu_status status = terminal ? read_from_terminal(prompt, secret, error) : HUFU_OK;
	if (!terminal && !read_line(STDIN_FILENO, secret))
		status = fail(error, HUFU_USAGE, view_of("standard input"),
		        "has no line, or one longer than 1024 bytes", "give what is asked for, one a line");
	if (status == HUFU_OK && terminal && fresh)
		status = confirm(secret, error);
	if (status != HUFU_OK) {
		sodium_free(secret);
		return status;
	}
	*out = secret;
	return HUFU_OK;
}
