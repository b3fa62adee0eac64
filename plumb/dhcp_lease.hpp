// What dhcpinfo(1) answers, made into files: pure. An answer is what some machine on the network said, so nothing goes
// anywhere that is not exactly what it should be.
#pragma once

#include <string>
#include <string_view>

#include "plumb/plan.hpp"
#include "plumb/system.hpp"

namespace plumb {

// The text of /etc/resolv.conf: of servers (DNSserv: addresses, one a line) at most the three that the resolver uses,
// of domain (DNSdmain) a search line where it is a host name. "" without an address.
std::string resolver_text(std::string_view servers, std::string_view domain);

// The first word of the answer if it is a host name: 1 to 64 letters, digits, '-' and '.', no label empty or beginning
// or ending with '-'. Else "".
std::string host_name_in(std::string_view answer);

// Asks and applies. A question without a good answer leaves its part alone; the error then says which.
// deadline: of all questions together.
Result<void> take_lease(const DhcpLease& step, System& system, Deadline deadline);

// The question as dhcpinfo wants it.
Command lease_question(const DhcpLease& step, const char* name);

}  // namespace plumb
