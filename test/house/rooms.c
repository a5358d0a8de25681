/* Holds every include under src/ against doc/rooms.md: who may look through whose door. Also refuses
 * locks where none belong and the calls that the house bans. Reads source text, not the preprocessor's
 * output, so a door that is only opened on another machine counts too. */
#include "base/auto.h"
#include "base/io.h"

#include <ctype.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { ROOMS_MAX = 32, FILE_BYTES_MAX = 4 << 20 };

struct room {
	hufu_view name, may; /* of the list's text */
	size_t files;
};

struct house {
	struct room rooms[ROOMS_MAX];
	size_t count, complaints;
	bool quiet; /* the test of the test expects complaints */
};

static void complain(struct house *house, const char *path, size_t line, const char *what, hufu_view which)
{
	house->complaints++;
	if (!house->quiet)
		print_error("%s:%zu: %s: %.*s\n", path, line, what, (int)which.len, which.ptr);
}

/* Takes the text up to `stop` (or all of it) off `rest`. */
static hufu_view cut(hufu_view *rest, char stop)
{
	const char *found = rest->len ? memchr(rest->ptr, stop, rest->len) : NULL;
	size_t len = found ? (size_t)(found - rest->ptr) : rest->len;
	hufu_view head = { rest->ptr, len };
	*rest = view_from(*rest, found ? len + 1 : len);
	return head;
}

static bool has_word(hufu_view words, hufu_view wanted)
{
	while (words.len)
		if (view_equal(cut(&words, ' '), wanted))
			return true;
	return false;
}

static struct room *find_room(struct house *house, hufu_view name)
{
	for (size_t i = 0; i < house->count; i++)
		if (view_equal(house->rooms[i].name, name))
			return &house->rooms[i];
	return NULL;
}

/* The lines `name: room room -- words` between "```rooms" and "```". */
static void read_list(hufu_view text, struct house *house)
{
	bool inside = false;
	while (text.len) {
		hufu_view line = cut(&text, '\n');
		if (view_starts(line, "```")) {
			inside = view_is(line, "```rooms");
			continue;
		}
		if (!inside || house->count == ROOMS_MAX)
			continue;
		const char *words = memmem(line.ptr, line.len, " -- ", 4);
		if (words)
			line.len = (size_t)(words - line.ptr);
		hufu_view name = cut(&line, ':');
		house->rooms[house->count++] = (struct room){ .name = view_trim(name), .may = view_trim(line) };
	}
}

/* Blanks comments, and the insides of strings where `strings` is true, keeping the lines. A flat state
 * machine: 'c' code, '/' line comment, '*' comment, '"' and '\'' literals. */
static void blank(char *text, size_t len, bool strings)
{
	char state = 'c';
	for (size_t i = 0; i < len; i++) {
		char c = text[i], next = i + 1 < len ? text[i + 1] : 0;
		switch (state) {
		case 'c':
			if (c == '/' && (next == '/' || next == '*')) {
				state = next;
				text[i++] = ' ';
				text[i] = ' ';
			} else if (c == '"' || c == '\'') {
				state = c;
			}
			break;
		case '/':
			if (c == '\n')
				state = 'c';
			else
				text[i] = ' ';
			break;
		case '*':
			if (c == '*' && next == '/') {
				state = 'c';
				text[i++] = ' ';
				text[i] = ' ';
			} else if (c != '\n') {
				text[i] = ' ';
			}
			break;
		default:
			if (c == state || c == '\n') {
				state = 'c';
				break;
			}
			size_t end = c == '\\' && next && next != '\n' ? i + 1 : i;
			for (; i <= end && strings; i++)
				text[i] = ' ';
			i = end;
		}
	}
}

static void judge_include(struct house *house, const struct room *room, const char *path, size_t line, hufu_view target)
{
	static const char *const lockless[] = { "base", "ident", "table", "read", "profile", "seal", "match" };
	bool quoted = target.len && target.ptr[0] == '"';
	hufu_view name = view_from(target, 1), rest;

	name.len -= name.len ? 1 : 0;
	/* These rooms share out work through base/team.h and base/crew.h, which alone know threads. */
	if ((view_is(name, "pthread.h") || view_is(name, "threads.h")) && !strstr(path, "src/base/team.") &&
	        !strstr(path, "src/base/crew."))
		for (size_t i = 0; i < LEN(lockless); i++)
			if (view_is(room->name, lockless[i]))
				complain(house, path, line, "no locks in this room", target);
	if (!memchr(name.ptr, '/', name.len))
		return; /* the system's, or a neighbour in the same room */
	rest = name;
	hufu_view first = cut(&rest, '/');
	struct room *other = find_room(house, first);
	if (view_equal(first, room->name) || view_is(first, "hufu"))
		return;
	if (!other && quoted)
		complain(house, path, line, "no such room", target);
	else if (other && !view_is(room->may, "*") && !has_word(room->may, first))
		complain(house, path, line, "this room may not look in there", target);
}

static void judge_calls(struct house *house, const char *path, size_t line, hufu_view code)
{
	static const char *const banned[] = { "strcpy", "strcat", "sprintf", "strtok", "atoi", "gets", "alloca" };
	for (size_t i = 0; i < code.len; i++) {
		if (!isalpha((unsigned char)code.ptr[i]) && code.ptr[i] != '_')
			continue;
		size_t end = i;
		while (end < code.len && (isalnum((unsigned char)code.ptr[end]) || code.ptr[end] == '_'))
			end++;
		hufu_view word = { code.ptr + i, end - i };
		bool call = view_starts(view_trim(view_from(code, end)), "(");
		for (size_t b = 0; call && b < LEN(banned); b++)
			if (view_is(word, banned[b]))
				complain(house, path, line, "banned", word);
		i = end - 1;
	}
}

static void judge_text(struct house *house, struct room *room, const char *path, hufu_view source)
{
	AUTO_FREE char *text = malloc(source.len + 1), *code = malloc(source.len + 1);
	assert_true(text && code);
	memcpy(text, source.ptr, source.len);
	memcpy(code, source.ptr, source.len);
	blank(text, source.len, false);
	blank(code, source.len, true);
	hufu_view lines = { text, source.len }, code_lines = { code, source.len };
	for (size_t number = 1; lines.len; number++) {
		hufu_view line = view_trim(cut(&lines, '\n')), code_line = cut(&code_lines, '\n');
		if (view_starts(line, "#")) {
			hufu_view directive = view_trim(view_from(line, 1));
			if (view_starts(directive, "include"))
				judge_include(house, room, path, number, view_trim(view_from(directive, 7)));
			continue;
		}
		judge_calls(house, path, number, code_line);
	}
}

/* nftw has no room for a pointer of ours. */
static struct house *walked;

static int visit(const char *path, const struct stat *status, int kind, struct FTW *at)
{
	(void)status;
	(void)at;
	hufu_view inside = view_from(view_of(path), strlen(HUFU_ROOT "/src/"));
	if (kind != FTW_F || (!view_ends(inside, ".c") && !view_ends(inside, ".h")))
		return 0;
	hufu_view rest = inside, name = cut(&rest, '/');
	struct room *room = rest.len ? find_room(walked, name) : NULL;
	if (!room) {
		complain(walked, path, 0, "stands in no room that doc/rooms.md lists", name);
		return 0;
	}
	room->files++;
	struct bytes text = { 0 };
	hufu_error error = { 0 };
	assert_int_equal(io_read_file(path, FILE_BYTES_MAX, &text, &error), HUFU_OK);
	judge_text(walked, room, path, bytes_view(&text));
	bytes_done(&text);
	return 0;
}

static void load_list(struct bytes *text, struct house *house)
{
	hufu_error error = { 0 };
	assert_int_equal(io_read_file(HUFU_ROOT "/doc/rooms.md", FILE_BYTES_MAX, text, &error), HUFU_OK);
	read_list(bytes_view(text), house);
	assert_true(house->count > 0 && house->count < ROOMS_MAX);
}

static void test_house_rooms__arrows_point_up(void **state)
{
	(void)state;
	struct bytes text = { 0 };
	struct house house = { 0 };
	load_list(&text, &house);
	for (size_t i = 0; i < house.count; i++) {
		hufu_view may = house.rooms[i].may;
		while (may.len && !view_is(house.rooms[i].may, "*")) {
			struct room *other = find_room(&house, cut(&may, ' '));
			assert_non_null(other);
			assert_true(other < &house.rooms[i]);
		}
	}
	bytes_done(&text);
}

static void test_house_rooms__every_file_keeps_to_its_room(void **state)
{
	(void)state;
	struct bytes text = { 0 };
	struct house house = { 0 };
	load_list(&text, &house);
	walked = &house;
	assert_int_equal(nftw(HUFU_ROOT "/src", visit, 16, FTW_PHYS), 0);
	for (size_t i = 0; i < house.count; i++)
		if (!house.rooms[i].files)
			complain(&house, "doc/rooms.md", i + 1, "lists a room without a file", house.rooms[i].name);
	assert_int_equal(house.complaints, 0);
	bytes_done(&text);
}

static void test_house_rooms__complains_where_it_should(void **state)
{
	static const char list[] =
	        "words\n```rooms\nbase: -- ground\nread:  base -- may look down\ncmd: * -- all\n```\nend";
	static const struct {
		const char *room, *source;
		size_t want;
	} rows[] = {
		{ "read", "#include \"base/view.h\"\n#include <stdio.h>\n#include \"own.h\"\n#include \"read/a.h\"\n",
		        0 },
		{ "read", "#include <hufu/hufu.h>\n#include <sys/stat.h>\n", 0 },
		{ "base", "#include \"read/csv.h\"\n", 1 },
		{ "base", "  #  include <read/csv.h> // why not\n", 1 },
		{ "read", "#include \"nowhere/x.h\"\n#include \"../base/view.h\"\n", 2 },
		{ "cmd", "#include \"read/csv.h\"\n#include <pthread.h>\n", 0 },
		{ "read", "#include <pthread.h>\n", 1 },
		{ "read", "/* #include \"cmd/x.h\"\n#include \"cmd/x.h\"\n*/\n// #include \"cmd/x.h\"\n", 0 },
		{ "base", "n = strcpy(a, b);\nif (atoi (c)) gets(d);\n", 3 },
		{ "base", "my_strcpy(a); snprintf(b); /* strcpy(a, b) */ puts(\"strcat(\\\"a\"); int atoi;\n", 0 },
		{ "base", "c = '\"'; strcat(a, b); /* it's */ sprintf(d, e); // it's\nalloca(f);\n", 3 },
		{ "base", "// a / strcpy(b)\nstrcpy(c); // http://d\n\"\\\\\"; gets(e);\n", 2 },
		{ "base", "/**/ strtok(a);\n/* * / ** strcpy(a) */ gets(b);\n", 2 },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct house house = { .quiet = true };
		read_list(view_of(list), &house);
		assert_int_equal(house.count, 3);
		struct room *room = find_room(&house, view_of(rows[i].room));
		assert_non_null(room);
		judge_text(&house, room, "row", view_of(rows[i].source));
		if (house.complaints != rows[i].want)
			print_error("row %zu\n", i);
		assert_int_equal(house.complaints, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_house_rooms__complains_where_it_should),
		cmocka_unit_test(test_house_rooms__arrows_point_up),
		cmocka_unit_test(test_house_rooms__every_file_keeps_to_its_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
