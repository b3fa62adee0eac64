#include "init/upward.hpp"

#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "conf/writer.hpp"
#include "init/log.hpp"
#include "init/spawn.hpp"
#include "plumb/notify_socket.hpp"
#include "plumb/posix.hpp"

namespace init {
namespace {

constexpr int patience_ms = 1000;

// What of a file fits into buffer; "" where it cannot be read. Not on the heap: it would leave its pages there.
std::string_view read_into(const char* path, std::span<char> buffer) {
    const plumb::Descriptor file(open(path, O_RDONLY | O_CLOEXEC));
    std::size_t have = 0;
    while (file.valid() && have < buffer.size()) {
        const ssize_t got = read(file.get(), buffer.data() + have, buffer.size() - have);
        if (got <= 0) break;
        have += static_cast<std::size_t>(got);
    }
    return {buffer.data(), have};
}

// As systemd looks for it: the firmware's two ways, then the command line.
std::string machine_credential() {
    char buffer[16384];
    std::string value = credential_in_smbios(read_into("/sys/firmware/dmi/tables/DMI", buffer));
    if (value.empty())
        value = read_into("/sys/firmware/qemu_fw_cfg/by_name/opt/io.systemd.credentials/vmm.notify_socket/raw", buffer);
    if (value.empty()) value = credential_in_command_line(read_into("/proc/cmdline", buffer));
    return value;
}

struct Sending {
    const plumb::NotifyAddress& address;
    std::string_view text;
};

}  // namespace

void Upward::open(bool machine) {
    const char* given = getenv("NOTIFY_SOCKET");
    std::string where = given != nullptr ? given : "";
    if (where.empty() && machine) where = machine_credential();
    if (where.empty()) return;
    address_ = plumb::parse_notify_address(where);
    conf::Writer line;
    line << "NOTIFY_SOCKET " << where;
    if (is_open()) return log::debug(line.text);
    line << ": no such address is known: readiness is passed on to nobody";
    log::warning(line.text);
}

void Upward::tell(std::string_view text) {
    if (!is_open()) return;
    if (address_.kind == plumb::NotifyAddress::local) return send(text, 0);
    Sending sending{address_, text};
    const auto work = [](void* data) {
        const auto& what = *static_cast<Sending*>(data);
        plumb::send_notification(what.address, what.text, 5 * patience_ms);
    };
    sender_ = fork_worker(work, &sending);
}

void Upward::finish(std::string_view text) {
    if (is_open()) send(text, patience_ms);
}

void Upward::send(std::string_view text, int timeout_ms) const {
    const int error = plumb::send_notification(address_, text, timeout_ms);
    if (error == 0) return;
    conf::Writer line;
    line << "pass readiness on: " << std::strerror(error);
    log::debug(line.text);
}

bool Upward::child_ended(std::int32_t pid) {
    if (pid != sender_ || pid <= 0) return false;
    sender_ = 0;
    return true;
}

}  // namespace init
