/* The server's certificate: the settings' own, else one made at the first start (ECDSA P-256, for this machine's name,
 * localhost and the loopback addresses), which lies in STORE/serve. */
#include "base/io.h"
#include "serve/inside.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>

enum { PEM_MAX = 1 << 20, DAYS = 825 };

void tls_done(struct tls_pair *pair)
{
	if (pair->key.ptr)
		explicit_bzero(pair->key.ptr, pair->key.cap);
	bytes_done(&pair->key);
	bytes_done(&pair->certificate);
	free(pair->made);
}

/* ---- making one ---- */

static bool add_extension(X509 *certificate, int kind, const char *text)
{
	X509V3_CTX context;
	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, text);
	bool good = extension && X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
	return good;
}

/* Letters, digits, dots and hyphens only: it becomes part of an extension's text. */
static void host_name(char out[256])
{
	if (gethostname(out, 255) != 0)
		out[0] = 0;
	out[255] = 0;
	size_t good = strspn(out, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");
	if (!out[0] || out[good] || good > 63)
		snprintf(out, 256, "localhost");
}

static bool fill(X509 *certificate, EVP_PKEY *key)
{
	char host[256], names[400];
	uint8_t serial[16];
	host_name(host);
	snprintf(names, sizeof names, "DNS:%s,DNS:localhost,IP:127.0.0.1,IP:::1", host);
	BIGNUM *number = RAND_bytes(serial, sizeof serial) == 1 ? BN_bin2bn(serial, sizeof serial - 1, NULL) : NULL;
	X509_NAME *name = X509_get_subject_name(certificate);
	bool good =
	        number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) &&
	        X509_set_version(certificate, 2) && X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) &&
	        X509_time_adj_ex(X509_getm_notAfter(certificate), DAYS, 0, NULL) && X509_set_pubkey(certificate, key) &&
	        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)host, -1, -1, 0) &&
	        X509_set_issuer_name(certificate, name) && add_extension(certificate, NID_subject_alt_name, names) &&
	        add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
	        add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
	        X509_sign(certificate, key, EVP_sha256());
	BN_free(number);
	return good;
}

static bool take_memory(BIO *memory, struct bytes *out)
{
	char *text;
	long len = BIO_get_mem_data(memory, &text);
	bytes_add(out, view_make(text, len > 0 ? (size_t)len : 0));
	return len > 0 && !out->failed;
}

static hufu_status make_pair(struct tls_pair *out, hufu_error *error)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	BIO *first = BIO_new(BIO_s_mem()), *second = BIO_new(BIO_s_secmem());
	bool good = key && certificate && first && second && fill(certificate, key) &&
	            PEM_write_bio_X509(first, certificate) == 1 &&
	            PEM_write_bio_PrivateKey(second, key, NULL, NULL, 0, NULL, NULL) == 1 &&
	            take_memory(first, &out->certificate) && take_memory(second, &out->key);
	BIO_free(first);
	BIO_free(second);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return good ? HUFU_OK
	            : fail(error, HUFU_NO_MEMORY, view_of("certificate"), "could not be made",
	                      "set serve.certificate_file and serve.certificate_key_file");
}

/* The key first: a certificate without its key would be taken for a pair. */
static hufu_status keep_pair(const char *certificate, const char *key, struct tls_pair *out, hufu_error *error)
{
	hufu_status status = make_pair(out, error);
	if (!status)
		status = io_replace_file(key, 0600, bytes_view(&out->key), error);
	if (!status)
		status = io_replace_file(certificate, 0600, bytes_view(&out->certificate), error);
	if (!status && !(out->made = strdup(certificate)))
		status = fail(error, HUFU_NO_MEMORY, view_of(certificate), "no memory", NULL);
	return status;
}

/* ---- reading one ---- */

static hufu_status read_key(const char *path, struct bytes *out, hufu_error *error)
{
	struct stat about;
	if (stat(path, &about) == 0 && (about.st_mode & 077))
		return fail(error, HUFU_DENIED, view_of(path), "others may read this key", "chmod 600 it");
	return io_read_file(path, PEM_MAX, out, error);
}

static hufu_status read_pair(const char *certificate, const char *key, struct tls_pair *out, hufu_error *error)
{
	hufu_status status = io_read_file(certificate, PEM_MAX, &out->certificate, error);
	return status ? status : read_key(key, &out->key, error);
}

static hufu_status own_pair(const struct store *store, struct tls_pair *out, hufu_error *error)
{
	AUTO_FREE char *dir = io_join(store->dir, "serve");
	AUTO_FREE char *certificate = dir ? io_join(dir, "certificate.pem") : NULL;
	AUTO_FREE char *key = dir ? io_join(dir, "key.pem") : NULL;
	if (!certificate || !key)
		return fail(error, HUFU_NO_MEMORY, view_of(store->dir), "no memory", NULL);
	hufu_status status = io_make_dir(dir, error);
	if (status)
		return status;
	return access(certificate, F_OK) == 0 ? read_pair(certificate, key, out, error)
	                                      : keep_pair(certificate, key, out, error);
}

/* ---- checking it ---- */

static void print_fingerprint(const X509 *certificate, char out[96])
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	out[0] = 0;
	if (!X509_digest(certificate, EVP_sha256(), sum, &len))
		return;
	for (unsigned i = 0; i < len && i < 32; i++)
		snprintf(out + 3 * i, 96 - 3 * i, "%02X%s", sum[i], i + 1 < len ? ":" : "");
}

/* A certificate and a key that do not go together would be found by the first who connects. */
static hufu_status check(struct tls_pair *pair, const char *shown, hufu_error *error)
{
	BIO *first = BIO_new_mem_buf(pair->certificate.ptr, (int)pair->certificate.len);
	BIO *second = BIO_new_mem_buf(pair->key.ptr, (int)pair->key.len);
	X509 *certificate = first ? PEM_read_bio_X509(first, NULL, NULL, NULL) : NULL;
	EVP_PKEY *key = second ? PEM_read_bio_PrivateKey(second, NULL, NULL, (void *)(uintptr_t) "") : NULL;
	hufu_status status = HUFU_OK;
	if (!certificate || !key)
		status = fail(error, HUFU_MALFORMED, view_of(shown),
		        certificate ? "its key is no PEM key" : "is no PEM certificate",
		        "a key under a passphrase is not taken");
	else if (X509_check_private_key(certificate, key) != 1)
		status = fail(error, HUFU_CONFLICT, view_of(shown), "the key is not this certificate's", NULL);
	else
		print_fingerprint(certificate, pair->fingerprint);
	X509_free(certificate);
	EVP_PKEY_free(key);
	BIO_free(first);
	BIO_free(second);
	return status;
}

hufu_status tls_load(const struct store *store, const struct config *config, struct tls_pair *out, hufu_error *error)
{
	const char *certificate = config_text(config, "serve.certificate_file");
	const char *key = config_text(config, "serve.certificate_key_file");
	*out = (struct tls_pair){ .made = NULL };
	if (!certificate != !key)
		return fail(error, HUFU_USAGE, view_of("serve.certificate_file"),
		        "and serve.certificate_key_file go together", "set both, or neither");
	hufu_status status = certificate ? read_pair(certificate, key, out, error) : own_pair(store, out, error);
	if (!status)
		status = check(out, certificate ? certificate : "STORE/serve/certificate.pem", error);
	/* libmicrohttpd takes texts. */
	bytes_byte(&out->certificate, 0);
	bytes_byte(&out->key, 0);
	if (!status && (out->certificate.failed || out->key.failed))
		status = fail(error, HUFU_NO_MEMORY, view_of("certificate"), "no memory", NULL);
	return status;
}
