// illumos <sys/contract/process.h>.
#pragma once

#define CT_PR_INHERIT 0x1
#define CT_PR_EV_EMPTY 0x1
#define CT_PR_EV_HWERR 0x20
