#include "plumb/netlink_linux.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/socket.h>

namespace plumb {

namespace {

constexpr std::size_t answer_size = 32768;  // what the kernel fills at most for a dump (netlink(7))

// linux/netlink.h: NLMSGERR_ATTR_MSG, after the error number and the header of the request (cut off by
// NETLINK_CAP_ACK).
std::string explanation(const NetlinkMessage& message) {
    Attributes attributes = message.attributes<nlmsgerr>();
    while (attributes.next()) {
        if (attributes.type() == NLMSGERR_ATTR_MSG) return attributes.text();
    }
    return {};
}

}  // namespace

void NetlinkRequest::append(const void* data, std::size_t size) {
    const std::size_t used = header_.nlmsg_len - NLMSG_HDRLEN;
    const std::size_t aligned = NLMSG_ALIGN(size);
    if (used + aligned > sizeof rest_) return;  // the kernel then misses it and says so
    if (size != 0) std::memcpy(rest_ + used, data, size);
    header_.nlmsg_len += static_cast<std::uint32_t>(aligned);
}

void NetlinkRequest::attribute(std::uint16_t type, const void* data, std::size_t size) {
    nlattr head{};
    head.nla_len = static_cast<std::uint16_t>(NLA_HDRLEN + size);
    head.nla_type = type;
    append(&head, sizeof head);
    append(data, size);
}

std::size_t NetlinkRequest::open_nest(std::uint16_t type) {
    const std::size_t start = header_.nlmsg_len - NLMSG_HDRLEN;
    attribute(static_cast<std::uint16_t>(type | NLA_F_NESTED), nullptr, 0);
    return start;
}

void NetlinkRequest::close_nest(std::size_t start) {
    const auto length = static_cast<std::uint16_t>(header_.nlmsg_len - NLMSG_HDRLEN - start);
    std::memcpy(rest_ + start, &length, sizeof length);
}

bool Attributes::next() {
    nlattr head{};
    if (rest_.size() < sizeof head) return false;
    std::memcpy(&head, rest_.data(), sizeof head);
    if (head.nla_len < sizeof head || head.nla_len > rest_.size()) return false;
    type_ = static_cast<std::uint16_t>(head.nla_type & NLA_TYPE_MASK);
    bytes_ = rest_.substr(NLA_HDRLEN, head.nla_len - sizeof head);
    rest_.remove_prefix(std::min<std::size_t>(NLA_ALIGN(head.nla_len), rest_.size()));
    return true;
}

std::uint32_t Attributes::number() const {
    std::uint32_t value = 0;
    std::uint16_t half = 0;
    if (bytes_.size() == sizeof value) {
        std::memcpy(&value, bytes_.data(), sizeof value);
    } else if (bytes_.size() == sizeof half) {
        std::memcpy(&half, bytes_.data(), sizeof half);
        value = half;
    } else if (bytes_.size() == 1) {
        value = static_cast<unsigned char>(bytes_.front());
    }
    return value;
}

NetlinkSocket::NetlinkSocket(int protocol, std::uint32_t groups)
    : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol)) {
    if (!socket_.valid()) return;
    const int on = 1;  // older kernels know neither: then there is no explanation, no harm
    ::setsockopt(socket_.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
    ::setsockopt(socket_.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = groups;
    if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) socket_ = Descriptor();
}

NetlinkAnswer NetlinkSocket::request(NetlinkRequest& message) {
    return query(message, [](const NetlinkMessage&) {});
}

NetlinkAnswer NetlinkSocket::exchange(NetlinkRequest& message, Taker take, void* context) {
    nlmsghdr& header = message.header();
    header.nlmsg_seq = ++sequence_;
    if ((header.nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP) header.nlmsg_flags |= NLM_F_ACK;
    if (::send(socket_.get(), &message, header.nlmsg_len, 0) < 0) return {errno, ""};
    std::string answer(answer_size, '\0');
    for (;;) {
        const ssize_t count = ::recv(socket_.get(), answer.data(), answer.size(), 0);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return {errno, ""};
        std::string_view left(answer.data(), static_cast<std::size_t>(count));
        nlmsghdr head{};
        while (left.size() >= sizeof head) {
            std::memcpy(&head, left.data(), sizeof head);
            if (head.nlmsg_len < sizeof head || head.nlmsg_len > left.size()) return {EPROTO, ""};
            const NetlinkMessage part{head.nlmsg_type, left.substr(sizeof head, head.nlmsg_len - sizeof head)};
            left.remove_prefix(std::min<std::size_t>(NLMSG_ALIGN(head.nlmsg_len), left.size()));
            if (head.nlmsg_seq != sequence_) continue;  // news of a group, not our answer
            if (head.nlmsg_type == NLMSG_ERROR) return {-part.body<nlmsgerr>().error, explanation(part)};
            if (head.nlmsg_type == NLMSG_DONE) return {};
            take(context, part);
        }
    }
}

void NetlinkSocket::drain() {
    char news[8192];
    for (;;) {
        const ssize_t count = ::recv(socket_.get(), news, sizeof news, MSG_DONTWAIT);
        // ENOBUFS: more came than fitted. What was lost does not matter, what is left is read.
        if (count < 0 && errno != EINTR && errno != ENOBUFS) return;
    }
}

}  // namespace plumb
