// illumos <sys/ctfs.h>.
#pragma once

#define CTFS_ROOT "/system/contract"
