/* RFC 3161 by OpenSSL. Every byte of an answer is a stranger's: it is given to OpenSSL's parser whole and must be used
 * up by it. Uses base and OpenSSL. */
#include "stamp.h"

#include "base/io.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <stdio.h>
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

static void take_signer(PKCS7 *token, struct stamp *out)
{
	STACK_OF(X509) *signers = PKCS7_get0_signers(token, NULL, 0);
	char name[STAMP_NAME_MAX] = "";

	if (signers && sk_X509_num(signers) > 0)
		X509_NAME_oneline(X509_get_subject_name(sk_X509_value(signers, 0)), name, sizeof name);
	sk_X509_free(signers);
	printable(view_of(name), out->by, sizeof out->by);
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
		take_signer(token, out);
	}
	good = hex != NULL;
	OPENSSL_free(hex);
	BN_free(serial);
	TS_TST_INFO_free(info);
	return good;
}

/* ---- checking ---- */

/* The trusted certificates, which count as of the time of the stamp. */
static hufu_status trust(const char *ca_file, int64_t at, X509_STORE **out, hufu_error *error)
{
	X509_STORE *store = X509_STORE_new();
	AUTO_FD fd = -1;

	hufu_status status = store ? io_open(ca_file, &fd, error) : no_memory(error);
	if (status == HUFU_OK && X509_STORE_load_file(store, ca_file) != 1) {
		ERR_clear_error();
		status = fail(error, HUFU_MALFORMED, view_of(ca_file), "holds no certificates",
		        "give a file of PEM certificates");
	}
	if (status == HUFU_OK)
		X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)at);
	if (status != HUFU_OK) {
		X509_STORE_free(store);
		return status;
	}
	*out = store;
	return HUFU_OK;
}

/* Whom TS_VERIFY_CTX owns differs by call; what we set we take out again before it is freed. */
static hufu_status verify(TS_VERIFY_CTX *context, unsigned flags, TS_RESP *response, PKCS7 *token, const char *ca_file,
        struct stamp *out, hufu_error *error)
{
	struct stamp stamp = { .at = 0 };
	X509_STORE *store = NULL;

	if (!take_facts(token, &stamp))
		return refuse(error, "is no time stamp");
	hufu_status status = trust(ca_file, stamp.at, &store, error);
	if (status != HUFU_OK)
		return status;
	TS_VERIFY_CTX_add_flags(context, (int)(flags | TS_VFY_SIGNATURE));
	TS_VERIFY_CTX_set_store(context, store); /* which frees it */
	int good = response ? TS_RESP_verify_response(context, response) : TS_RESP_verify_token(context, token);
	unsigned long first = ERR_peek_error();
	ERR_clear_error();
	if (good == 1) {
		*out = stamp;
		return HUFU_OK;
	}
	int reason = ERR_GET_LIB(first) == ERR_LIB_TS ? ERR_GET_REASON(first) : 0;
	if (reason == TS_R_MESSAGE_IMPRINT_MISMATCH)
		return refuse(error, "the time stamp is over something else");
	if (reason == TS_R_NONCE_MISMATCH || reason == TS_R_NONCE_NOT_RETURNED)
		return refuse(error, "the time stamp answers another request");
	if (reason == TS_R_CERTIFICATE_VERIFY_ERROR)
		return refuse(error, "the time stamp's signer is not among the trusted");
	return refuse(error, "the time stamp does not hold");
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

static hufu_status check_answer(TS_RESP *response, TS_REQ *request, const char *ca_file, struct bytes *token,
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
	        ca_file, out, error);
	TS_VERIFY_CTX_free(context);
	return status == HUFU_OK && token ? add_token(TS_RESP_get_token(response), token, error) : status;
}

hufu_status stamp_check_response(hufu_view response, hufu_view request, const char *ca_file, struct bytes *token,
        struct stamp *out, hufu_error *error)
{
	const unsigned char *at = (const unsigned char *)request.ptr;
	TS_REQ *asked = d2i_TS_REQ(NULL, &at, (long)request.len);
	TS_RESP *answer = parse_response(response);

	hufu_status status = asked && answer
	                             ? check_answer(answer, asked, ca_file, token, out, error)
	                             : refuse(error, answer ? "is no request for a time stamp" : "is no time stamp");
	TS_REQ_free(asked);
	TS_RESP_free(answer);
	return status;
}

hufu_status stamp_check(
        hufu_view token, const uint8_t hash[STAMP_HASH_LEN], const char *ca_file, struct stamp *out, hufu_error *error)
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
		status = use ? verify(context, TS_VFY_IMPRINT | TS_VFY_VERSION, NULL, use, ca_file, out, error)
		             : refuse(error, "is no time stamp");
	}
	TS_VERIFY_CTX_free(context);
	PKCS7_free(parsed);
	TS_RESP_free(response);
	return status;
}
