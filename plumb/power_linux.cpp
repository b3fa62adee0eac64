// The power button: the kernel's ACPI core tells it to the generic netlink group "acpi_mc_group" of family
// "acpi_event" (drivers/acpi/event.c). Its names are in no header for user space, so they are written out here.
#include <algorithm>
#include <linux/genetlink.h>
#include <sys/socket.h>

#include "plumb/netlink_linux.hpp"
#include "plumb/platform.hpp"

namespace plumb {

namespace {

constexpr std::uint16_t event_attribute = 1;  // ACPI_GENL_ATTR_EVENT
constexpr std::string_view button_class = "button/power";

struct AcpiEvent {  // struct acpi_genl_event
    char device_class[20];
    char bus_id[15];
    std::uint32_t type;
    std::uint32_t data;
};

// The number of the group in CTRL_ATTR_MCAST_GROUPS, 0 where it is not.
std::uint32_t group_number(std::string_view list) {
    Attributes groups(list);
    while (groups.next()) {
        Attributes group(groups.bytes());
        std::string name;
        std::uint32_t number = 0;
        while (group.next()) {
            if (group.type() == CTRL_ATTR_MCAST_GRP_NAME) name = group.text();
            if (group.type() == CTRL_ATTR_MCAST_GRP_ID) number = group.number();
        }
        if (name == "acpi_mc_group") return number;
    }
    return 0;
}

NetlinkAnswer ask_group(NetlinkSocket& socket, std::uint32_t& group) {
    genlmsghdr body{};
    body.cmd = CTRL_CMD_GETFAMILY;
    body.version = 1;
    NetlinkRequest request(GENL_ID_CTRL, 0, body);
    request.attribute(CTRL_ATTR_FAMILY_NAME, std::string("acpi_event"));
    return socket.query(request, [&group](const NetlinkMessage& message) {
        Attributes attributes = message.attributes<genlmsghdr>();
        while (attributes.next()) {
            if (attributes.type() == CTRL_ATTR_MCAST_GROUPS) group = group_number(attributes.bytes());
        }
    });
}

// One message of the group.
bool is_button(const NetlinkMessage& message) {
    Attributes attributes = message.attributes<genlmsghdr>();
    while (attributes.next()) {
        if (attributes.type() != event_attribute || attributes.bytes().size() < sizeof(AcpiEvent::device_class))
            continue;
        const std::string_view text = attributes.bytes().substr(0, sizeof(AcpiEvent::device_class));
        if (text.substr(0, text.find('\0')) == button_class) return true;
    }
    return false;
}

bool has_button(std::string_view bytes) {
    nlmsghdr head{};
    while (bytes.size() >= sizeof head) {
        std::memcpy(&head, bytes.data(), sizeof head);
        if (head.nlmsg_len < sizeof head || head.nlmsg_len > bytes.size()) return false;
        const NetlinkMessage message{head.nlmsg_type, bytes.substr(sizeof head, head.nlmsg_len - sizeof head)};
        if (is_button(message)) return true;
        bytes.remove_prefix(std::min<std::size_t>(NLMSG_ALIGN(head.nlmsg_len), bytes.size()));
    }
    return false;
}

}  // namespace

Result<int> open_power_button() {
    const std::string what = "listen to";
    const std::string object = "the power button";
    NetlinkSocket socket(NETLINK_GENERIC);
    if (!socket.valid()) return Error{what, object, errno, "", "the kernel has no generic netlink"};
    std::uint32_t group = 0;
    const NetlinkAnswer answer = ask_group(socket, group);
    if (answer.error != 0 || group == 0) {
        return Error{what, object, answer.error == 0 ? ENOENT : answer.error, "", "this kernel runs without ACPI"};
    }
    if (::setsockopt(socket.descriptor(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0) {
        return Error{what, object, errno};
    }
    return socket.release();
}

bool read_power_button(int descriptor) {
    char news[4096];
    bool pressed = false;
    for (;;) {
        const ssize_t count = ::recv(descriptor, news, sizeof news, MSG_DONTWAIT);
        if (count < 0 && (errno == EINTR || errno == ENOBUFS)) continue;
        if (count <= 0) return pressed;
        pressed = has_button({news, static_cast<std::size_t>(count)}) || pressed;
    }
}

}  // namespace plumb
