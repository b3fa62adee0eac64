#include "plumb/notify_address.hpp"

#include <charconv>

namespace plumb {
namespace {

constexpr std::size_t longest_path = 107;  // of sockaddr_un, with its zero
constexpr std::uint32_t host_cid = 2;      // VMADDR_CID_HOST

bool read_number(std::string_view text, std::uint32_t& out) {
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, out);
    return !text.empty() && error == std::errc{} && rest == end;
}

NotifyAddress::Kind kind_of(std::string_view scheme) {
    if (scheme == "vsock") return NotifyAddress::vsock;
    if (scheme == "vsock-dgram") return NotifyAddress::datagrams;
    if (scheme == "vsock-seqpacket") return NotifyAddress::packets;
    return scheme == "vsock-stream" ? NotifyAddress::stream : NotifyAddress::none;
}

}  // namespace

NotifyAddress parse_notify_address(std::string_view text) {
    NotifyAddress address;
    if (text.size() > 1 && (text[0] == '/' || text[0] == '@')) {
        const bool fits = text.size() <= longest_path && text.find('\0') == std::string_view::npos;
        if (fits) address = {NotifyAddress::local, std::string(text)};
        return address;
    }
    const std::size_t first = text.find(':');
    const std::size_t second = first == std::string_view::npos ? first : text.find(':', first + 1);
    if (second == std::string_view::npos) return {};
    const std::string_view cid = text.substr(first + 1, second - first - 1);
    address = {kind_of(text.substr(0, first)), "", host_cid};
    const bool good =
        (cid.empty() || read_number(cid, address.cid)) && read_number(text.substr(second + 1), address.port);
    return good && address.kind != NotifyAddress::none ? address : NotifyAddress{};
}

}  // namespace plumb
