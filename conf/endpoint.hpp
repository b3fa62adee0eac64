// Whom a probe asks: numeric addresses with a port, and URLs with such. Names would need a resolver, which PID 1 is
// not.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "conf/address.hpp"

namespace conf {

struct Endpoint {
    Address address;
    std::uint16_t port = 0;
    bool operator==(const Endpoint&) const = default;
};

// "127.0.0.1:80", "[::1]:80"; port 1 to 65535. Anything else is nullopt.
std::optional<Endpoint> parse_endpoint(std::string_view text);

struct HttpTarget {
    Endpoint endpoint;
    std::string_view host;  // as in the URL, for the Host header: "127.0.0.1:8080"
    std::string_view path;  // with its query, never with a fragment; "/" where the URL has none
    bool operator==(const HttpTarget&) const = default;
};

// "http://127.0.0.1:8080/health?full", "http://[::1]"; port 80 where none is given. No user, no blank, no control
// character and nothing beyond ASCII: what is sent must stay one request. The views are of url.
std::optional<HttpTarget> parse_http(std::string_view url);

}  // namespace conf
