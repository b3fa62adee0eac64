// illumos <sys/uadmin.h>.
#pragma once

#include <cstdint>

#define A_SHUTDOWN 2
#define AD_HALT 0
#define AD_BOOT 1
#define AD_POWEROFF 6

extern "C" int uadmin(int, int, std::uintptr_t);
