// Readiness passed on: to whoever started mvinit with a NOTIFY_SOCKET, and from a virtual machine to its monitor by
// the credential vmm.notify_socket (systemd.io/CREDENTIALS, sd_notify(3)).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "plumb/notify_address.hpp"

namespace init {

// The value of vmm.notify_socket in what a machine was started with; "" where it is not.
// table: SMBIOS structures (/sys/firmware/dmi/tables/DMI), whose OEM strings (type 11) have it as
// "io.systemd.credential:vmm.notify_socket=VALUE" or, in base64, "io.systemd.credential.binary:...".
std::string credential_in_smbios(std::string_view table);
// words: the kernel command line; "systemd.set_credential=vmm.notify_socket:VALUE", "systemd.set_credential_binary=".
std::string credential_in_command_line(std::string_view words);

// Decoded; "" where text is no base64 (RFC 4648, with its padding).
std::string from_base64(std::string_view text);

class Upward {
public:
    // Looks for where to tell: NOTIFY_SOCKET; where machine, also the credential.
    void open(bool machine);

    // One message, a line each of NAME=value. Never waits: by vsock a child of ours sends it.
    void tell(std::string_view text);

    // The last message, at the end: waits a second at the most.
    void finish(std::string_view text);

    // True where it was a child that sends.
    bool child_ended(std::int32_t pid);

    bool is_open() const { return address_.kind != plumb::NotifyAddress::none; }

private:
    void send(std::string_view text, int timeout_ms) const;

    plumb::NotifyAddress address_;
    std::int32_t sender_ = 0;
};

}  // namespace init
