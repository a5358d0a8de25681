/* RFC 3161 by OpenSSL. Every byte of an answer is a stranger's: it is given to OpenSSL's parser whole and must be used
 * up by it. Uses base and OpenSSL. */
#include "stamp.h"

#include "base/io.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { NONCE_LEN = 8, ANSWER_MAX = 1 << 20 };

static hufu_status no_memory(hufu_error *error)
{
	ERR_clear_error();
	return fail(error, HUFU_NO_MEMORY, (hufu_view){ 0 }, "out of memory", NULL);
}

static hufu_status refuse(hufu_error *error, const char *what)
{
	ERR_clear_error();
	return fail(error, HUFU_MALFORMED, (hufu_view){ 0 }, what, NULL);
}

/* ---- asking ---- */

static bool set_hash(TS_REQ *request, const uint8_t hash[STAMP_HASH_LEN])
{
	X509_ALGOR *algorithm = X509_ALGOR_new();
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	uint8_t copy[STAMP_HASH_LEN];

	memcpy(copy, hash, sizeof copy);
	bool good = algorithm && imprint;
	if (good)
		X509_ALGOR_set_md(algorithm, EVP_sha256());
	good = good && TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
	       TS_MSG_IMPRINT_set_msg(imprint, copy, sizeof copy) == 1 && TS_REQ_set_msg_imprint(request, imprint) == 1;
	X509_ALGOR_free(algorithm);
	TS_MSG_IMPRINT_free(imprint);
	return good;
}

static bool set_nonce(TS_REQ *request)
{
	uint8_t random[NONCE_LEN];
	BIGNUM *number = RAND_bytes(random, sizeof random) == 1 ? BN_bin2bn(random, sizeof random, NULL) : NULL;
	ASN1_INTEGER *nonce = number ? BN_to_ASN1_INTEGER(number, NULL) : NULL;

	bool good = nonce && TS_REQ_set_nonce(request, nonce) == 1;
	BN_free(number);
	ASN1_INTEGER_free(nonce);
	return good;
}

hufu_status stamp_request(const uint8_t hash[STAMP_HASH_LEN], struct bytes *out, hufu_error *error)
{
	TS_REQ *request = TS_REQ_new();
	unsigned char *der = NULL;
	int len = -1;

	if (request && TS_REQ_set_version(request, 1) == 1 && set_hash(request, hash) && set_nonce(request) &&
	        TS_REQ_set_cert_req(request, 1) == 1)
		len = i2d_TS_REQ(request, &der);
	TS_REQ_free(request);
	if (len <= 0)
		return no_memory(error);
	bytes_add(out, view_make(der, (size_t)len));
	OPENSSL_free(der);
	return out->failed ? no_memory(error) : HUFU_OK;
}

/* ---- taking apart ---- */

static TS_RESP *parse_response(hufu_view bytes)
{
	const unsigned char *at = (const unsigned char *)bytes.ptr;
	TS_RESP *response = bytes.len <= ANSWER_MAX ? d2i_TS_RESP(NULL, &at, (long)bytes.len) : NULL;

	if (response && at != (const unsigned char *)bytes.ptr + bytes.len) {
		TS_RESP_free(response);
		response = NULL;
	}
	ERR_clear_error();
	return response;
}

static PKCS7 *parse_token(hufu_view bytes)
{
	const unsigned char *at = (const unsigned char *)bytes.ptr;
	PKCS7 *token = bytes.len <= ANSWER_MAX ? d2i_PKCS7(NULL, &at, (long)bytes.len) : NULL;

	if (token && at != (const unsigned char *)bytes.ptr + bytes.len) {
		PKCS7_free(token);
		token = NULL;
	}
	ERR_clear_error();
	return token;
}

/* As people write names ("CN=...,O=..."), in UTF-8; cut where it is too long. */
static bool print_name(const X509_NAME *name, char *out, size_t cap)
{
	BIO *text = BIO_new(BIO_s_mem());
	char *at = NULL;
	bool good = text && X509_NAME_print_ex(text, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0;

	if (good) {
		long len = BIO_get_mem_data(text, &at);
		printable(view_make(at, len > 0 ? (size_t)len : 0), out, cap);
	}
	BIO_free(text);
	return good;
}

/* A stamp has one signer, whose certificate it brings. */
static bool take_signer(PKCS7 *token, struct stamp *out)
{
	STACK_OF(X509) *signers = PKCS7_get0_signers(token, NULL, 0);

	bool good = signers && sk_X509_num(signers) == 1 &&
	            print_name(X509_get_subject_name(sk_X509_value(signers, 0)), out->by, sizeof out->by);
	sk_X509_free(signers);
	return good;
}

static bool take_facts(PKCS7 *token, struct stamp *out)
{
	TS_TST_INFO *info = PKCS7_to_TS_TST_INFO(token);
	struct tm broken = { 0 };

	if (!info)
		return false;
	bool good = ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &broken) == 1;
	BIGNUM *serial = good ? ASN1_INTEGER_to_BN(TS_TST_INFO_get_serial(info), NULL) : NULL;
	char *hex = serial ? BN_bn2hex(serial) : NULL;
	if (hex) {
		out->at = timegm(&broken);
		snprintf(out->serial, sizeof out->serial, "%s", hex);
	}
	good = hex && take_signer(token, out);
	OPENSSL_free(hex);
	BN_free(serial);
	TS_TST_INFO_free(info);
	return good;
}

/* ---- checking ---- */

struct stamp_trust {
	X509_STORE *store;
};

void stamp_trust_free(struct stamp_trust *trust)
{
	if (trust)
		X509_STORE_free(trust->store);
	free(trust);
}

hufu_status stamp_trust_load(const char *ca_file, struct stamp_trust **out, hufu_error *error)
{
	struct stamp_trust *trust = calloc(1, sizeof *trust);
	AUTO_FD fd = -1;

	if (trust)
		trust->store = X509_STORE_new();
	hufu_status status = trust && trust->store ? io_open(ca_file, &fd, error) : no_memory(error);
	if (status == HUFU_OK && X509_STORE_load_file(trust->store, ca_file) != 1) {
		ERR_clear_error();
		status = fail(error, HUFU_MALFORMED, view_of(ca_file), "holds no certificates",
		        "give a file of PEM certificates");
	}
	if (status == HUFU_OK)
		*out = trust;
	else
		stamp_trust_free(trust);
	return status;
}

void stamp_prepare(void)
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	tzset(); /* timegm asks for the zone, and makes nothing of it */
	(void)EVP_Digest("", 0, digest, NULL, EVP_sha256(), NULL); /* the configuration, and the providers it names */
}

static hufu_status explain(unsigned long first, hufu_error *error)
{
	static const struct {
		int reason;
		const char *what;
	} reasons[] = {
		{ TS_R_MESSAGE_IMPRINT_MISMATCH, "the time stamp is over something else" },
		{ TS_R_NONCE_MISMATCH, "the time stamp answers another request" },
		{ TS_R_NONCE_NOT_RETURNED, "the time stamp answers another request" },
		{ TS_R_CERTIFICATE_VERIFY_ERROR, "the time stamp's signer is not among the trusted" },
	};
	for (size_t i = 0; ERR_GET_LIB(first) == ERR_LIB_TS && i < LEN(reasons); i++)
		if (reasons[i].reason == ERR_GET_REASON(first))
			return refuse(error, reasons[i].what);
	return refuse(error, "the time stamp does not hold");
}

/* Thirty-two bytes are also the length of other digests. */
static bool over_sha256(PKCS7 *token)
{
	const ASN1_OBJECT *algorithm = NULL;
	TS_TST_INFO *info = PKCS7_to_TS_TST_INFO(token);
	TS_MSG_IMPRINT *imprint = info ? TS_TST_INFO_get_msg_imprint(info) : NULL;

	if (imprint)
		X509_ALGOR_get0(&algorithm, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
	bool good = algorithm && OBJ_obj2nid(algorithm) == NID_sha256;
	TS_TST_INFO_free(info);
	return good;
}

/* What is trusted counts as of the time of the stamp. What a context is told to use it frees. */
static bool trust_at(TS_VERIFY_CTX *context, struct stamp_trust *trust, int64_t at)
{
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(trust->store), (time_t)at);
	if (X509_STORE_up_ref(trust->store) != 1)
		return false;
	TS_VERIFY_CTX_set_store(context, trust->store);
	return true;
}

static hufu_status verify(TS_VERIFY_CTX *context, unsigned flags, TS_RESP *response, PKCS7 *token,
        struct stamp_trust *trust, struct stamp *out, hufu_error *error)
{
	struct stamp stamp = { .at = 0 };

	if (!take_facts(token, &stamp))
		return refuse(error, "is no time stamp");
	if (!over_sha256(token))
		return refuse(error, "the time stamp is over something else");
	if (trust && !trust_at(context, trust, stamp.at))
		return no_memory(error);
	TS_VERIFY_CTX_add_flags(context, (int)(flags | (trust ? TS_VFY_SIGNATURE : 0)));
	int good = response ? TS_RESP_verify_response(context, response) : TS_RESP_verify_token(context, token);
	if (good == 1 && !trust)
		good = PKCS7_verify(token, NULL, NULL, NULL, NULL, PKCS7_NOVERIFY);
	unsigned long first = ERR_peek_error();
	ERR_clear_error();
	if (good != 1)
		return explain(first, error);
	*out = stamp;
	return HUFU_OK;
}

/* 0: granted; 1: granted with changes. */
static hufu_status check_granted(TS_RESP *response, hufu_error *error)
{
	const TS_STATUS_INFO *info = TS_RESP_get_status_info(response);
	long status = info ? ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(info)) : -1;

	if (status == TS_STATUS_GRANTED || status == TS_STATUS_GRANTED_WITH_MODS)
		return TS_RESP_get_token(response) ? HUFU_OK : refuse(error, "is no time stamp");
	return fail(
	        error, HUFU_DENIED, (hufu_view){ 0 }, "the time stamping authority refused", "ask it, or name another");
}

static hufu_status add_token(PKCS7 *token, struct bytes *out, hufu_error *error)
{
	unsigned char *der = NULL;
	int len = i2d_PKCS7(token, &der);

	if (len <= 0)
		return no_memory(error);
	bytes_add(out, view_make(der, (size_t)len));
	OPENSSL_free(der);
	return out->failed ? no_memory(error) : HUFU_OK;
}

static hufu_status check_answer(TS_RESP *response, TS_REQ *request, struct stamp_trust *trust, struct bytes *token,
        struct stamp *out, hufu_error *error)
{
	TS_VERIFY_CTX *context = NULL;

	hufu_status status = check_granted(response, error);
	if (status != HUFU_OK)
		return status;
	context = TS_REQ_to_TS_VERIFY_CTX(request, NULL);
	if (!context)
		return no_memory(error);
	status = verify(context, TS_VFY_NONCE | TS_VFY_IMPRINT | TS_VFY_VERSION, response, TS_RESP_get_token(response),
	        trust, out, error);
	TS_VERIFY_CTX_free(context);
	return status == HUFU_OK && token ? add_token(TS_RESP_get_token(response), token, error) : status;
}

hufu_status stamp_check_response(hufu_view response, hufu_view request, struct stamp_trust *trust, struct bytes *token,
        struct stamp *out, hufu_error *error)
{
	const unsigned char *at = (const unsigned char *)request.ptr;
	TS_REQ *asked = d2i_TS_REQ(NULL, &at, (long)request.len);
	TS_RESP *answer = parse_response(response);

	hufu_status status = asked && answer
	                             ? check_answer(answer, asked, trust, token, out, error)
	                             : refuse(error, answer ? "is no request for a time stamp" : "is no time stamp");
	TS_REQ_free(asked);
	TS_RESP_free(answer);
	return status;
}

hufu_status stamp_check(hufu_view token, const uint8_t hash[STAMP_HASH_LEN], struct stamp_trust *trust,
        struct stamp *out, hufu_error *error)
{
	TS_RESP *response = parse_response(token);
	PKCS7 *parsed = response ? NULL : parse_token(token);
	PKCS7 *use = response ? TS_RESP_get_token(response) : parsed;
	TS_VERIFY_CTX *context = TS_VERIFY_CTX_new();
	uint8_t *copy = OPENSSL_memdup(hash, STAMP_HASH_LEN);
	hufu_status status = HUFU_OK;

	if (!context || !copy) {
		status = no_memory(error);
		OPENSSL_free(copy);
	} else {
		TS_VERIFY_CTX_set_imprint(context, copy, STAMP_HASH_LEN); /* which frees it */
		status = use ? verify(context, TS_VFY_IMPRINT | TS_VFY_VERSION, NULL, use, trust, out, error)
		             : refuse(error, "is no time stamp");
	}
	TS_VERIFY_CTX_free(context);
	PKCS7_free(parsed);
	TS_RESP_free(response);
	return status;
}
