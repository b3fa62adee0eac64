// illumos declares ioctl(2) here.
#pragma once
#pragma GCC system_header

#include <sys/ioctl.h>
