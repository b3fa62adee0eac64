// illumos <stdlib.h> on top of Linux's: what Linux's has not.
#pragma once
#pragma GCC system_header

#include_next <stdlib.h>

extern "C" const char* getexecname();
