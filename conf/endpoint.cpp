#include "conf/endpoint.hpp"

#include <charconv>

namespace conf {
namespace {

constexpr std::uint16_t http_port = 80;

// text: "127.0.0.1" or "[::1]", then ":port" unless otherwise is the port where there is none.
std::optional<Endpoint> split(std::string_view text, std::uint16_t otherwise) {
    const bool bracketed = text.starts_with('[');
    const std::size_t end = bracketed ? text.find(']') : text.find(':');
    if (bracketed && end == std::string_view::npos) return std::nullopt;
    const auto address = parse_address(bracketed ? text.substr(1, end - 1) : text.substr(0, end));
    if (!address || address->prefix >= 0 || address->v6 != bracketed) return std::nullopt;
    if (bracketed) text.remove_prefix(end + 1);
    if (!bracketed) text.remove_prefix(end == std::string_view::npos ? text.size() : end);
    if (text.empty()) return otherwise == 0 ? std::nullopt : std::optional(Endpoint{*address, otherwise});
    Endpoint endpoint{*address, 0};
    const char* last = text.data() + text.size();
    if (text[0] != ':') return std::nullopt;
    const auto [rest, error] = std::from_chars(text.data() + 1, last, endpoint.port);
    if (error != std::errc{} || rest != last || endpoint.port == 0) return std::nullopt;
    return endpoint;
}

}  // namespace

std::optional<Endpoint> parse_endpoint(std::string_view text) {
    return split(text, 0);
}

std::optional<HttpTarget> parse_http(std::string_view url) {
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme)) return std::nullopt;
    for (const char each : url)
        if (each <= ' ' || each > '~' || each == '#') return std::nullopt;
    url.remove_prefix(scheme.size());
    const std::size_t slash = url.find_first_of("/?");
    const std::string_view host = url.substr(0, slash);
    const auto endpoint = split(host, http_port);
    if (!endpoint || (slash != std::string_view::npos && url[slash] == '?')) return std::nullopt;
    return HttpTarget{*endpoint, host, slash == std::string_view::npos ? "/" : url.substr(slash)};
}

}  // namespace conf
