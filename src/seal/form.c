/* The forms, and how a value is shown in each. */
#include "seal/form.h"
#include <openssl/evp.h>

static const struct form forms[] = {
	{ 1, "md5", "md5-like", "MD5", "", 32 },
	{ 2, "sha1", "sha1-like", "SHA1", "", 40 },
	{ 3, "sha256", "sha256-like", "SHA256", "", 64 },
	{ 4, "masked", "masked", NULL, "", 0 },
	{ 5, "md5+86", "md5-like", "MD5", "+86", 32 },
	{ 6, "sha1+86", "sha1-like", "SHA1", "+86", 40 },
	{ 7, "sha256+86", "sha256-like", "SHA256", "+86", 64 },
	{ 8, "md5-86", "md5-like", "MD5", "86", 32 },
};

const struct form *form_by_id(uint8_t id)
{
	for (size_t i = 0; i < LEN(forms); i++)
		if (forms[i].id == id)
			return &forms[i];
	return NULL;
}

const struct form *form_by_name(hufu_view name)
{
	for (size_t i = 0; i < LEN(forms); i++)
		if (view_is(name, forms[i].name))
			return &forms[i];
	return NULL;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

bool form_fits(const struct form *form, hufu_view cell)
{
	size_t stars = 0, hex = 0, open = 0;
	cell = view_trim(cell);
	if (!cell.len || cell.len > FORM_TEXT_MAX || (form->shown_len && cell.len != form->shown_len))
		return false;
	if (!form->digest && !memchr(cell.ptr, '*', cell.len))
		return false;
	for (size_t i = 0; i < cell.len; i++) {
		stars += cell.ptr[i] == '*';
		hex += is_hex(cell.ptr[i]);
		open += cell.ptr[i] != '*';
	}
	return form->digest ? hex == cell.len : stars > 0 && open > 0;
}

const struct form *form_by_look(hufu_view cell)
{
	for (size_t i = 0; i < LEN(forms); i++)
		if (form_fits(&forms[i], cell))
			return &forms[i];
	return NULL;
}

bool form_is_md5(const struct form *form)
{
	return form->digest && strcmp(form->digest, "MD5") == 0;
}

/* Fetched once: asking OpenSSL by name for every value would cost more than the digest. */
static const EVP_MD *digest_of(const struct form *form)
{
	static EVP_MD *fetched[LEN(forms)];
	EVP_MD **slot = &fetched[form - forms], *digest = __atomic_load_n(slot, __ATOMIC_ACQUIRE), *none = NULL;
	if (digest)
		return digest;
	digest = EVP_MD_fetch(NULL, form->digest, NULL);
	if (!digest || __atomic_compare_exchange_n(slot, &none, digest, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return digest;
	EVP_MD_free(digest); /* another thread was first */
	return none;
}

static bool digest_show(const struct form *form, hufu_view normal, struct ident_text *out)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	char text[FORM_TEXT_MAX];
	size_t before = strlen(form->before);
	unsigned len = 0;
	const EVP_MD *digest = digest_of(form);
	if (!digest || before + normal.len > sizeof text)
		return false;
	memcpy(text, form->before, before);
	memcpy(text + before, normal.ptr, normal.len);
	if (!EVP_Digest(text, before + normal.len, sum, &len, digest, NULL) || 2 * (size_t)len > out->cap)
		return false;
	for (unsigned i = 0; i < len; i++) {
		out->ptr[2 * i] = "0123456789abcdef"[sum[i] >> 4];
		out->ptr[2 * i + 1] = "0123456789abcdef"[sum[i] & 15];
	}
	out->len = 2 * len;
	explicit_bzero(text, sizeof text);
	return true;
}

bool form_show(const struct form *form, const struct ident_kind *kind, hufu_view normal, struct ident_text *out)
{
	if (form->digest)
		return digest_show(form, normal, out);
	out->len = 0;
	kind->mask(normal, out);
	return out->len > 0;
}
