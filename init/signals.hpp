// Signal numbers as the configuration, the supervisor and the plan use them: Linux's, on every host, so that a plan
// for one platform can be made on another. What sends or receives signals translates where its own numbers differ.
#pragma once

#include <cstdint>

namespace init {

inline constexpr std::int32_t sig_hup = 1;
inline constexpr std::int32_t sig_int = 2;
inline constexpr std::int32_t sig_quit = 3;
inline constexpr std::int32_t sig_ill = 4;
inline constexpr std::int32_t sig_trap = 5;
inline constexpr std::int32_t sig_abrt = 6;
inline constexpr std::int32_t sig_bus = 7;
inline constexpr std::int32_t sig_fpe = 8;
inline constexpr std::int32_t sig_kill = 9;
inline constexpr std::int32_t sig_usr1 = 10;
inline constexpr std::int32_t sig_segv = 11;
inline constexpr std::int32_t sig_usr2 = 12;
inline constexpr std::int32_t sig_pipe = 13;
inline constexpr std::int32_t sig_alrm = 14;
inline constexpr std::int32_t sig_term = 15;
inline constexpr std::int32_t sig_chld = 17;
inline constexpr std::int32_t sig_cont = 18;
inline constexpr std::int32_t sig_stop = 19;
inline constexpr std::int32_t sig_ttin = 21;
inline constexpr std::int32_t sig_ttou = 22;
inline constexpr std::int32_t sig_urg = 23;
inline constexpr std::int32_t sig_winch = 28;
inline constexpr std::int32_t sig_pwr = 30;
inline constexpr std::int32_t sig_sys = 31;
// The first real-time signal that is free for use: glibc and musl keep the kernel's 32 and 33 (and 34 in musl's
// headers) for themselves, but what other programs send as RTMIN+n is counted from 34.
inline constexpr std::int32_t sig_rtmin = 34;
// illumos has one signal that Linux has not; it is one past Linux's last.
inline constexpr std::int32_t sig_emt = 65;

}  // namespace init
