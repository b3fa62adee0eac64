// Numbers and layouts of illumos, written out from its headers (usr/src/uts/common/sys of illumos-gate). Compiled
// against our declarations in every build, and against the real headers wherever there is a compiler for illumos.
#include <cstddef>
#include <libcontract.h>
#include <procfs.h>
#include <signal.h>
#include <sys/contract/process.h>
#include <sys/ctfs.h>
#include <sys/fork.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/systeminfo.h>
#include <sys/types.h>
#include <sys/uadmin.h>
#include <sys/utsname.h>
#include <zone.h>

namespace {

static_assert(FORK_NOSIGCHLD == 0x1 && FORK_WAITPID == 0x2);
static_assert(A_SHUTDOWN == 2 && AD_HALT == 0 && AD_BOOT == 1 && AD_POWEROFF == 6);

static_assert(CT_PR_EV_EMPTY == 0x1 && CT_PR_EV_HWERR == 0x20 && CT_PR_INHERIT == 0x1);
static_assert(CTD_COMMON == 0 && CTD_ALL == 2 && CTE_ACK == 0x1 && CTE_INFO == 0x2);
static_assert(sizeof(CTFS_ROOT) == sizeof("/system/contract"));
static_assert(sizeof(ctid_t) == 4 && ctid_t(-1) < 0 && sizeof(ctevid_t) == 8);
static_assert(sizeof(ct_stathdl_t) == sizeof(void*) && sizeof(ct_evthdl_t) == sizeof(void*));
static_assert(P_CTID == 13);

static_assert(MS_RDONLY == 0x1 && MS_DATA == 0x4 && MS_REMOUNT == 0x20 && MS_OPTIONSTR == 0x100);
static_assert(MAX_MNTOPT_STR == 1024);

static_assert(GLOBAL_ZONEID == 0 && ZONENAME_MAX == 64 && sizeof(zoneid_t) == 4);
static_assert(ZONE_ATTR_INITPID == 7 && ZONE_ATTR_BRAND == 11 && ZONE_ATTR_FLAGS == 14 && ZONE_ATTR_NETWORK == 17);
static_assert(ZF_NET_EXCL == 0x8 && sizeof(ushort_t) == 2);
static_assert(ZONE_NETWORK_ADDRESS == 1 && ZONE_NETWORK_DEFROUTER == 2);
static_assert(sizeof(zone_net_data_t) == 16 && sizeof(datalink_id_t) == 4);
static_assert(__builtin_offsetof(zone_net_data_t, zn_type) == 0 && __builtin_offsetof(zone_net_data_t, zn_len) == 4);
static_assert(__builtin_offsetof(zone_net_data_t, zn_linkid) == 8 && __builtin_offsetof(zone_net_data_t, zn_val) == 12);

static_assert(SI_SET_HOSTNAME == 258 && SYS_NMLN == 257 && sizeof(struct utsname) == std::size_t{5} * 257);
static_assert(ST_RDONLY == 0x1 && sizeof(statvfs::f_basetype) == 16);
static_assert(__builtin_offsetof(struct statvfs, f_basetype) == 72 && __builtin_offsetof(struct statvfs, f_flag) == 88);
static_assert(sizeof(psinfo_t) == 416 && __builtin_offsetof(psinfo_t, pr_contract) == 280);
static_assert(__builtin_offsetof(psinfo_t, pr_nlwp) == 4 && __builtin_offsetof(psinfo_t, pr_pid) == 8);
static_assert(__builtin_offsetof(psinfo_t, pr_ppid) == 12 && __builtin_offsetof(psinfo_t, pr_rssize) == 56);
static_assert(__builtin_offsetof(psinfo_t, pr_fname) == 136 && sizeof(psinfo_t::pr_fname) == 16);
static_assert(__builtin_offsetof(psinfo_t, pr_lwp) == 288 && __builtin_offsetof(lwpsinfo_t, pr_sname) == 26);

static_assert(SI_NOINFO == 32767);

}  // namespace
