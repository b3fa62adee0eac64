// illumos <libcontract.h>, <sys/contract.h>. Every function that returns int returns 0 or an errno.
#pragma once

#include <cstdint>
#include <sys/types.h>

#include "zone.h"

using ctevid_t = std::uint64_t;
using ct_stathdl_t = void*;
using ct_evthdl_t = void*;

#define CTD_COMMON 0
#define CTD_ALL 2
#define CTE_ACK 0x1
#define CTE_INFO 0x2

extern "C" {
int ct_tmpl_activate(int);
int ct_tmpl_clear(int);
int ct_tmpl_set_cookie(int, std::uint64_t);
int ct_tmpl_set_critical(int, uint_t);
int ct_tmpl_set_informative(int, uint_t);
int ct_pr_tmpl_set_fatal(int, uint_t);
int ct_pr_tmpl_set_param(int, uint_t);

int ct_ctl_adopt(int);
int ct_ctl_abandon(int);
int ct_ctl_ack(int, ctevid_t);

int ct_status_read(int, int, ct_stathdl_t*);
void ct_status_free(ct_stathdl_t);
ctid_t ct_status_get_id(ct_stathdl_t);
std::uint64_t ct_status_get_cookie(ct_stathdl_t);
int ct_pr_status_get_contracts(ct_stathdl_t, ctid_t**, uint_t*);

int ct_event_read(int, ct_evthdl_t*);
int ct_event_reset(int);
void ct_event_free(ct_evthdl_t);
uint_t ct_event_get_flags(ct_evthdl_t);
ctid_t ct_event_get_ctid(ct_evthdl_t);
ctevid_t ct_event_get_evid(ct_evthdl_t);
uint_t ct_event_get_type(ct_evthdl_t);
}
