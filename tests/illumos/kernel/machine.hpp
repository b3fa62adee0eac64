// The stand-in machine, as /standin/zone describes it, a key=value line each; of a key that comes again all count where
// it is a list, else the last:
//
//   zoneid=0  name=global  brand=sparse  initpid=1  version=illumos-...  root_type=ufs  exclusive=1
//   nic=e1000g0                         a card, its node in /dev/net
//   nic=vioif0 node=no dladm=yes        devfsadm has to make the node, dlmgmtd to run
//   nic=e1000g1 absent=yes              no such card, whatever is tried
//   uadmin=1                            the errno by which it is refused
//   dhcp=vioif0 10.0.0.5/24 10.0.0.1    what a DHCP server gives that card
//   dhcpinfo=Hostname web               and says beside that
//   network=vnic0 10.0.0.7/24 10.0.0.1  an allowed-address of zonecfg, with its defrouter
#pragma once

#include <string>
#include <vector>

namespace standin {

using Words = std::vector<std::string>;

std::vector<std::string> zone_values(const std::string& key);  // in file order
std::string zone_value(const std::string& key, const std::string& otherwise);
bool in_zone();
bool is_shared();

Words split(const std::string& text);
std::string field(const Words& words, const std::string& name);  // the word NAME=..., or ""
bool exists(const std::string& path);
std::vector<std::string> lines_of(const std::string& path);  // none where it cannot be read

}  // namespace standin
