// illumos <ucred.h>: what local_socket_illumos.cpp uses of it.
#pragma once

#include <sys/types.h>

using ucred_t = struct ucred_s;

extern "C" {
int getpeerucred(int, ucred_t**);
uid_t ucred_geteuid(const ucred_t*);
gid_t ucred_getegid(const ucred_t*);
int ucred_getgroups(const ucred_t*, const gid_t**);
void ucred_free(ucred_t*);
}
