// What mediasoup's worker wants of libsrtp 3, on the libsrtp 2 that Debian has: its policies are opaque objects there, and
// packets go from one buffer to another. Only what the worker calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <srtp2/srtp.h>

// Two errors that libsrtp 2 does not know; nothing here returns them.
#define srtp_err_status_buffer_small static_cast<srtp_err_status_t>(1001)
#define srtp_err_status_cryptex_err static_cast<srtp_err_status_t>(1002)

struct Srtp3Policy
{
	srtp_policy_t policy;
	uint8_t key[SRTP_MAX_KEY_LEN];
};

inline srtp_err_status_t srtp_policy_create(Srtp3Policy** created)
{
	*created = new Srtp3Policy();
	return srtp_err_status_ok;
}

inline void srtp_policy_destroy(Srtp3Policy* policy)
{
	delete policy;
}

inline srtp_err_status_t srtp_policy_set_ssrc(Srtp3Policy* policy, srtp_ssrc_t ssrc)
{
	policy->policy.ssrc = ssrc;
	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_profile(Srtp3Policy* policy, srtp_profile_t profile)
{
	const srtp_err_status_t status =
	  srtp_crypto_policy_set_from_profile_for_rtp(&policy->policy.rtp, profile);

	return status == srtp_err_status_ok
	         ? srtp_crypto_policy_set_from_profile_for_rtcp(&policy->policy.rtcp, profile)
	         : status;
}

inline srtp_err_status_t srtp_policy_add_key(
  Srtp3Policy* policy, const uint8_t* key, size_t keyLen, const uint8_t* salt, size_t saltLen, const uint8_t*, size_t)
{
	if (keyLen + saltLen > sizeof(policy->key))
	{
		return srtp_err_status_bad_param;
	}

	std::memcpy(policy->key, key, keyLen);
	std::memcpy(policy->key + keyLen, salt, saltLen);
	policy->policy.key = policy->key;
	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_allow_repeat_tx(Srtp3Policy* policy, bool allow)
{
	policy->policy.allow_repeat_tx = allow ? 1 : 0;
	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_window_size(Srtp3Policy* policy, size_t packets)
{
	policy->policy.window_size = packets;
	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_create(srtp_t* session, Srtp3Policy* policy)
{
	return srtp_create(session, &policy->policy);
}

inline srtp_err_status_t srtp_stream_remove(srtp_t session, uint32_t ssrc)
{
	return srtp_remove_stream(session, ssrc);
}

// libsrtp 2 works in place: the packet is copied first, unless it is there already.
template<typename Function>
srtp_err_status_t srtp3_in_place(
  Function function, srtp_t session, const uint8_t* in, size_t inLen, uint8_t* out, size_t* outLen)
{
	if (out != in)
	{
		if (inLen + SRTP_MAX_TRAILER_LEN + 4 > *outLen)
		{
			return srtp_err_status_buffer_small;
		}

		std::memcpy(out, in, inLen);
	}

	int len = static_cast<int>(inLen);
	const srtp_err_status_t status = function(session, out, &len);

	*outLen = static_cast<size_t>(len);
	return status;
}

inline srtp_err_status_t srtp_protect(
  srtp_t session, const uint8_t* in, size_t inLen, uint8_t* out, size_t* outLen, size_t)
{
	srtp_err_status_t (*protect)(srtp_t, void*, int*) = srtp_protect;

	return srtp3_in_place(protect, session, in, inLen, out, outLen);
}

inline srtp_err_status_t srtp_protect_rtcp(
  srtp_t session, const uint8_t* in, size_t inLen, uint8_t* out, size_t* outLen, size_t)
{
	srtp_err_status_t (*protect)(srtp_t, void*, int*) = srtp_protect_rtcp;

	return srtp3_in_place(protect, session, in, inLen, out, outLen);
}

inline srtp_err_status_t srtp_unprotect(
  srtp_t session, const uint8_t* in, size_t inLen, uint8_t* out, size_t* outLen)
{
	srtp_err_status_t (*unprotect)(srtp_t, void*, int*) = srtp_unprotect;

	return srtp3_in_place(unprotect, session, in, inLen, out, outLen);
}

inline srtp_err_status_t srtp_unprotect_rtcp(
  srtp_t session, const uint8_t* in, size_t inLen, uint8_t* out, size_t* outLen)
{
	srtp_err_status_t (*unprotect)(srtp_t, void*, int*) = srtp_unprotect_rtcp;

	return srtp3_in_place(unprotect, session, in, inLen, out, outLen);
}

#define srtp_policy_t Srtp3Policy*
