// Netlink by hand: messages built in place, one request at a time, the kernel's own words for what it refuses.
#pragma once

#include <cstdint>
#include <cstring>
#include <linux/netlink.h>
#include <string>
#include <string_view>

#include "plumb/error.hpp"
#include "plumb/posix.hpp"

namespace plumb {

// A request: header, a body (ifinfomsg, rtmsg, genlmsghdr ...), attributes.
class NetlinkRequest {
public:
    template <class Body>
    NetlinkRequest(std::uint16_t type, std::uint16_t flags, const Body& body) {
        header_.nlmsg_len = NLMSG_HDRLEN;
        header_.nlmsg_type = type;
        header_.nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST);
        append(&body, sizeof body);
    }
    void attribute(std::uint16_t type, const void* data, std::size_t size);
    void attribute(std::uint16_t type, std::uint32_t value) { attribute(type, &value, sizeof value); }
    void attribute(std::uint16_t type, const std::string& text) { attribute(type, text.c_str(), text.size() + 1); }
    // Attributes between open and close stand inside of attribute type.
    std::size_t open_nest(std::uint16_t type);
    void close_nest(std::size_t start);

    nlmsghdr& header() { return header_; }

private:
    void append(const void* data, std::size_t size);

    nlmsghdr header_{};
    char rest_[512] = {};  // follows the header without a gap: no request of ours has more than ten attributes
};

// The attributes of a message that came in. Every length is checked against what is left.
class Attributes {
public:
    explicit Attributes(std::string_view bytes) : rest_(bytes) {}
    bool next();  // false at the end or at what does not fit
    std::uint16_t type() const { return type_; }
    std::string_view bytes() const { return bytes_; }
    std::string text() const { return std::string(bytes_.substr(0, bytes_.find('\0'))); }
    std::uint32_t number() const;  // of 1, 2 or 4 bytes, host order

private:
    std::string_view rest_;
    std::string_view bytes_;
    std::uint16_t type_ = 0;
};

// One message of an answer: its type and what follows the header.
struct NetlinkMessage {
    std::uint16_t type = 0;
    std::string_view payload;

    // The fixed body at the head of the payload; all zero where it is too short.
    template <class Body>
    Body body() const {
        Body out{};
        if (payload.size() >= sizeof out) std::memcpy(&out, payload.data(), sizeof out);
        return out;
    }
    template <class Body>
    Attributes attributes() const {
        constexpr std::size_t size = NLMSG_ALIGN(sizeof(Body));
        return Attributes(payload.size() >= size ? payload.substr(size) : std::string_view());
    }
};

// errno and the kernel's explanation (extended ack), if it gave one.
struct NetlinkAnswer {
    int error = 0;
    std::string text;
};

class NetlinkSocket {
public:
    // groups: RTMGRP_ bits. Check valid() and errno.
    explicit NetlinkSocket(int protocol, std::uint32_t groups = 0);
    bool valid() const { return socket_.valid(); }
    int descriptor() const { return socket_.get(); }
    int release() { return socket_.release(); }

    // Sends and waits for the kernel's acknowledgement; it comes from within sendmsg, so this does not block for long.
    NetlinkAnswer request(NetlinkRequest& message);

    // The same for NLM_F_DUMP requests and others that answer with messages: take is called with each.
    template <class Take>
    NetlinkAnswer query(NetlinkRequest& message, Take take) {
        return exchange(message, &call<Take>, &take);
    }

    // Reads off everything that has come in, unseen: the caller only wants to know that there was something.
    void drain();

private:
    using Taker = void (*)(void*, const NetlinkMessage&);
    template <class Take>
    static void call(void* take, const NetlinkMessage& message) {
        (*static_cast<Take*>(take))(message);
    }
    NetlinkAnswer exchange(NetlinkRequest& message, Taker take, void* context);

    Descriptor socket_;
    std::uint32_t sequence_ = 0;
};

}  // namespace plumb
