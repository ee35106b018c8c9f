/*
 * vapi_recording: where the key goes and where it does not, ranges, links that
 * lapse, and links that lead where none should lead.
 */
#include "config.h"

#include "base/clock.h"
#include "fake_vendor.h"
#include "tap.h"
#include "vapi/vapi_recording.h"

#define LONG_MS 30000
#define MIB ((size_t)1024 * 1024)
#define FILE_BYTES (2 * MIB + 1000)

static struct arena *arena;
static struct fake_vendor *vapi, *storage;
static struct http *http;
static char file[FILE_BYTES];

/* A recording that nobody asked for yet; Vapi's link leads to path. */
static struct vapi_recording
fresh(const char *path)
{
	static char location[256], api[64];

	(void)snprintf(location, sizeof(location), "Location: %s\r\n",
	    fake_vendor_url(storage, path));
	fake_vendor_answer(vapi, 302, location, "");
	(void)snprintf(api, sizeof(api), "%s", fake_vendor_url(vapi, ""));
	return ((struct vapi_recording){ .http = http,
	    .arena = arena,
	    .api_url = api,
	    .api_key = "hidden-key",
	    .call_id = STR("call-1") });
}

static enum err_code
read_some(struct vapi_recording *rec, int64_t from, int64_t to,
    struct str *bytes, struct err *e)
{
	*bytes = STR_NONE;
	return (vapi_recording_read(rec, arena, from, to,
	    clock_mono_ms() + LONG_MS, bytes, e));
}

static bool
is_part(struct str bytes, size_t from, size_t n)
{
	return (bytes.n == n && memcmp(bytes.p, file + from, n) == 0);
}

static void
test_ranges(void)
{
	struct vapi_recording rec = fresh("/file");
	struct err e = { 0 };
	struct str bytes;

	is_int(read_some(&rec, 0, 1023, &bytes, &e), ERR_OK, "the beginning");
	ok(is_part(bytes, 0, 1024), "its bytes");
	is_int(rec.bytes, FILE_BYTES, "how many there are");
	is_str(str_of(rec.content_type), "audio/wav", "what they are");
	ok(strstr(fake_vendor_head(vapi), "GET /call/call-1/mono-recording ") ==
		fake_vendor_head(vapi),
	    "Vapi is asked by the call's id");
	ok(strstr(fake_vendor_head(vapi),
	       "\r\nAuthorization: Bearer hidden-key\r\n") != NULL,
	    "with the key");
	ok(strcasestr(fake_vendor_head(storage), "authorization") == NULL &&
		strstr(fake_vendor_head(storage), "hidden") == NULL,
	    "the storage does not get it");
	ok(strstr(fake_vendor_head(storage), "\r\nRange: bytes=0-1023\r\n") !=
		NULL,
	    "the range alone is asked for");
	is_int(read_some(&rec, MIB, 2 * MIB - 1, &bytes, &e), ERR_OK,
	    "a whole piece of the middle");
	ok(is_part(bytes, MIB, MIB), "its bytes");
	is_int(read_some(&rec, 2 * MIB, 3 * MIB - 1, &bytes, &e), ERR_OK,
	    "past the end");
	ok(is_part(bytes, 2 * MIB, 1000), "there are fewer");
	is_int(read_some(&rec, FILE_BYTES, FILE_BYTES, &bytes, &e), ERR_INPUT,
	    "behind the end");
	is_int((int64_t)fake_vendor_hits(vapi, "/call/call-1/mono-recording"),
	    1, "one link served all of it");
}

static void
test_behind_the_end(void)
{
	struct vapi_recording rec = fresh("/file");
	struct err e = { 0 };
	struct str bytes;

	is_int(read_some(&rec, FILE_BYTES + 5, FILE_BYTES + 9, &bytes, &e),
	    ERR_INPUT, "behind the end at once");
	is_int(rec.bytes, FILE_BYTES, "how many there are is known");
}

static void
test_lapse(void)
{
	struct vapi_recording rec = fresh("/file");
	const char *path = "/call/call-1/mono-recording";
	size_t asked = fake_vendor_hits(vapi, path);
	struct err e = { 0 };
	struct str bytes;

	is_int(read_some(&rec, 0, 9, &bytes, &e), ERR_OK, "while it is good");
	fake_vendor_file(storage, file, FILE_BYTES, true);
	(void)fresh("/again");
	is_int(read_some(&rec, 10, 19, &bytes, &e), ERR_OK,
	    "a link that has lapsed");
	ok(is_part(bytes, 10, 10), "the bytes go on");
	is_int((int64_t)(fake_vendor_hits(vapi, path) - asked), 2,
	    "it was asked for once more");
	rec = fresh("/file");
	is_int(read_some(&rec, 0, 9, &bytes, &e), ERR_TEMPORARY,
	    "a fresh link that is refused");
	ok(strstr(e.text, "403") != NULL, "says so: %s", e.text);
	fake_vendor_file(storage, file, FILE_BYTES - 1, false);
	rec = fresh("/file");
	rec.bytes = FILE_BYTES;
	is_int(read_some(&rec, 0, 9, &bytes, &e), ERR_CONFLICT,
	    "another file than before");
	fake_vendor_file(storage, file, FILE_BYTES, false);
}

static void
test_no_ranges(void)
{
	struct vapi_recording rec = fresh("/plain");
	struct err e = { 0 };
	struct str bytes;

	is_int(read_some(&rec, 0, 99, &bytes, &e), ERR_TOO_LARGE,
	    "no ranges, and more than was asked for");
	is_int(vapi_recording_take(&rec, clock_mono_ms() + LONG_MS, &e), ERR_OK,
	    "taken whole");
	is_int(rec.bytes, FILE_BYTES, "how many there are");
	is_str(str_of(rec.content_type), "audio/wav", "what they are");
	is_int(read_some(&rec, MIB, 2 * MIB - 1, &bytes, &e), ERR_OK,
	    "a part of it");
	ok(is_part(bytes, MIB, MIB), "its bytes");
	is_int(read_some(&rec, 2 * MIB, 3 * MIB, &bytes, &e), ERR_OK,
	    "the last part");
	ok(is_part(bytes, 2 * MIB, 1000), "its bytes");
	is_int(read_some(&rec, FILE_BYTES, FILE_BYTES, &bytes, &e), ERR_INPUT,
	    "behind the end");
	fake_vendor_file(storage, file, 50, false);
	rec = fresh("/plain");
	is_int(read_some(&rec, 10, 99, &bytes, &e), ERR_OK,
	    "no ranges, but little: taken at once");
	ok(is_part(bytes, 10, 40), "its bytes");
	rec = fresh("/endless");
	is_int(vapi_recording_take(&rec, clock_mono_ms() + LONG_MS, &e),
	    ERR_TOO_LARGE, "one that does not end");
	fake_vendor_file(storage, file, FILE_BYTES, false);
}

/* What the storage answers to a question for the bytes 0..9. */
static const struct {
	int status;
	const char *headers, *body;
	enum err_code want;
} answers[] = {
	{ 206, "Content-Range: bytes 0-9/100\r\n", "0123456789", ERR_OK },
	{ 206, "content-range: bytes 0-9/10\r\n", "0123456789", ERR_OK },
	{ 206, "", "0123456789", ERR_UNCERTAIN },
	{ 206, "Content-Range: bytes 0-9/*\r\n", "0123456789", ERR_UNCERTAIN },
	{ 206, "Content-Range: bytes 1-10/100\r\n", "0123456789",
	    ERR_UNCERTAIN },
	{ 206, "Content-Range: bytes 0-8/100\r\n", "012345678", ERR_UNCERTAIN },
	{ 206, "Content-Range: bytes 0-9/100\r\n", "012345678", ERR_UNCERTAIN },
	{ 206, "Content-Range: bytes 0-9/9\r\n", "0123456789", ERR_UNCERTAIN },
	{ 206, "Content-Range: items 0-9/100\r\n", "0123456789",
	    ERR_UNCERTAIN },
	{ 206, "Content-Range: bytes 9-0/100\r\n", "0123456789",
	    ERR_UNCERTAIN },
	{ 206, "Content-Range: bytes 0-9/99999999999999999999\r\n",
	    "0123456789", ERR_UNCERTAIN },
	{ 416, "Content-Range: bytes */7\r\n", "", ERR_INPUT },
	{ 416, "Content-Range: bytes */0\r\n", "", ERR_ABSENT },
	{ 416, "", "", ERR_UNCERTAIN },
	{ 200, "", "", ERR_ABSENT },
	{ 204, "", "", ERR_TEMPORARY },
	{ 302, "Location: http://127.0.0.1:1/\r\n", "", ERR_TEMPORARY },
	{ 403, "", "", ERR_TEMPORARY },
	{ 404, "", "", ERR_ABSENT },
	{ 410, "", "", ERR_ABSENT },
	{ 500, "", "", ERR_UNCERTAIN },
	{ 503, "", "", ERR_UNCERTAIN },
};

static void
test_storage(void)
{
	struct vapi_recording rec;
	struct err e = { 0 };
	struct str bytes;

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		rec = fresh("/answer?token=hidden-token");
		fake_vendor_answer(storage, answers[i].status,
		    answers[i].headers, answers[i].body);
		ok(read_some(&rec, 0, 9, &bytes, &e) == answers[i].want,
		    "storage %zu: %d %s", i, answers[i].status,
		    err_name(answers[i].want));
		ok(answers[i].want == ERR_OK ||
			strstr(e.text, "hidden") == NULL,
		    "told without the link: %s", e.text);
	}
}

/* What Vapi answers to the question for a link. */
static const struct {
	int status;
	const char *headers;
	enum err_code want;
	const char *says;
} links[] = {
	{ 302, "", ERR_TEMPORARY, "302" },
	{ 200, "Content-Type: audio/wav\r\n", ERR_TEMPORARY, "200" },
	{ 401, "", ERR_DENIED, "VAPI_API_KEY" },
	{ 403, "", ERR_DENIED, "VAPI_API_KEY" },
	{ 404, "", ERR_ABSENT, "404" },
	{ 410, "", ERR_ABSENT, "410" },
	{ 429, "", ERR_TEMPORARY, "429" },
	{ 500, "", ERR_UNCERTAIN, "500" },
	{ 302, "Location: ftp://127.0.0.1/x\r\n", ERR_TEMPORARY, "https" },
	{ 302, "Location: file:///etc/passwd\r\n", ERR_TEMPORARY, "https" },
	{ 302, "Location: gopher://127.0.0.1/\r\n", ERR_TEMPORARY, "https" },
	{ 302, "Location: http://10.0.0.1/x\r\n", ERR_TEMPORARY, "address" },
	{ 302, "Location: http://169.254.169.254/latest\r\n", ERR_TEMPORARY,
	    "address" },
	{ 302, "Location: http://8.8.8.8/x\r\n", ERR_TEMPORARY, "address" },
	{ 302, "Location: http://[fd00::1]/x\r\n", ERR_TEMPORARY, "address" },
	{ 302, "Location: http://vapi@127.0.0.1/x\r\n", ERR_TEMPORARY, "host" },
	{ 302, "Location: http://127.0.0.1:1/x\r\n", ERR_TEMPORARY,
	    "not sent" },
};

static void
test_links(void)
{
	struct vapi_recording rec = fresh("/file");
	struct err e = { 0 };
	struct str bytes;

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		rec.link = NULL;
		fake_vendor_answer(vapi, links[i].status, links[i].headers, "");
		ok(read_some(&rec, 0, 9, &bytes, &e) == links[i].want,
		    "link %zu: %d %s", i, links[i].status,
		    err_name(links[i].want));
		ok(strstr(e.text, links[i].says) != NULL, "says %s: %s",
		    links[i].says, e.text);
		ok(strstr(e.text, "hidden") == NULL, "and no secret");
	}
}

/* Links that came from a Vapi on the internet. */
static void
test_inward(void)
{
	static const char *const inward[] = { "https://127.0.0.1:1/x",
		"https://localhost:1/x", "https://127.1:1/x",
		"https://0x7f000001:1/x", "https://2130706433:1/x",
		"https://[::1]:1/x", "https://[::ffff:127.0.0.1]:1/x",
		"https://10.1.2.3/x", "https://169.254.169.254/latest",
		"https://0.0.0.0:1/x", "https://192.168.0.1/x" };
	struct vapi_recording rec = fresh("/file");
	struct err e = { 0 };
	struct str bytes;

	rec.api_url = "https://api.example";
	for (size_t i = 0; i < sizeof(inward) / sizeof(inward[0]); i++) {
		rec.link = inward[i];
		ok(read_some(&rec, 0, 9, &bytes, &e) == ERR_TEMPORARY &&
			strstr(e.text, "address") != NULL,
		    "%s is not gone to: %s", inward[i], e.text);
	}
}

static void
test_no_answer(void)
{
	int64_t until = clock_mono_ms() + LONG_MS;
	struct vapi_recording rec;
	enum err_code code;
	struct err e = { 0 };
	struct str bytes;

	do {
		rec = fresh("/never");
		code = vapi_recording_read(&rec, arena, 0, 9,
		    clock_mono_ms() + 1000, &bytes, &e);
		/* Without a link it is Vapi that was asked. */
	} while (fake_vendor_unasked(storage, "/never",
	    rec.link == NULL ? ERR_TEMPORARY : code, until));
	is_int(code, ERR_UNCERTAIN, "a storage that says nothing");
	ok(fake_vendor_await(storage, "/never", 1), "was asked");
	rec = fresh("/half");
	is_int(read_some(&rec, 0, 9, &bytes, &e), ERR_UNCERTAIN,
	    "one that breaks off");
	rec.link = NULL;
	rec.api_url =
	    str_dup(arena, str_of(fake_vendor_url(vapi, "/endless?")));
	is_int(read_some(&rec, 0, 9, &bytes, &e), ERR_UNCERTAIN,
	    "no link in an answer that does not end");
	rec.api_url = "http://127.0.0.1:1";
	is_int(read_some(&rec, 0, 9, &bytes, &e), ERR_TEMPORARY,
	    "nobody at Vapi's place");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(file); i++)
		file[i] = (char)(i * 2654435761u >> 13);
	if ((arena = arena_new((size_t)96 << 20)) == NULL ||
	    http_start(&http, NULL) != ERR_OK)
		return (1);
	vapi = fake_vendor_start();
	storage = fake_vendor_start();
	fake_vendor_file(storage, file, FILE_BYTES, false);
	test_ranges();
	test_behind_the_end();
	test_lapse();
	test_no_ranges();
	test_storage();
	test_links();
	test_inward();
	test_no_answer();
	http_stop(http);
	fake_vendor_stop(vapi);
	fake_vendor_stop(storage);
	arena_free(arena);
	return (done());
}
