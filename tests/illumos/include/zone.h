// illumos <zone.h>, <sys/zone.h>: what facts_illumos.cpp and ending_illumos.cpp use of them.
#pragma once

#include <cstdint>
#include <sys/types.h>

using ushort_t = unsigned short;
using uint_t = unsigned int;
using zoneid_t = int;  // id_t, which is unsigned on Linux
using ctid_t = int;
using datalink_id_t = std::uint32_t;

inline constexpr zoneid_t GLOBAL_ZONEID = 0;
#define ZONENAME_MAX 64
#define ZONE_ATTR_INITPID 7
#define ZONE_ATTR_BRAND 11
#define ZONE_ATTR_FLAGS 14
#define ZONE_ATTR_NETWORK 17
#define ZF_NET_EXCL 0x8
#define ZONE_NETWORK_ADDRESS 1
#define ZONE_NETWORK_DEFROUTER 2

struct zone_net_data_t {
    int zn_type;
    int zn_len;
    datalink_id_t zn_linkid;
    std::uint8_t zn_val[1];
};

extern "C" {
zoneid_t getzoneid();
ssize_t getzonenamebyid(zoneid_t, char*, size_t);
ssize_t zone_getattr(zoneid_t, int, void*, size_t);
int zone_list_datalink(zoneid_t, int*, datalink_id_t*);
}
