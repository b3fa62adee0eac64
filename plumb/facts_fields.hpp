// The keys of the facts file: read by facts.cpp, written by facts_text.cpp. Internal to plumb.
#pragma once

#include <array>
#include <span>
#include <type_traits>

#include "plumb/facts.hpp"

namespace plumb::facts_file {

using namespace std::string_view_literals;

enum class Kind : std::uint8_t { choice, text, list, nic, allowed };

using Choices = std::span<const std::string_view>;

// One row per key of the facts file. Only the members that belong to kind are set.
struct Field {
    std::string_view key;
    Kind kind;
    Choices choices = {};
    std::size_t (*chosen)(const Facts& facts) = nullptr;  // the index among choices
    void (*choose)(Facts& facts, std::size_t index) = nullptr;
    std::string Facts::*text = nullptr;
    std::vector<std::string> Facts::*list = nullptr;
};

// A member whose values, from First on, are named by words.
template <auto Member, std::size_t First = 0>
constexpr Field choice(std::string_view key, Choices words) {
    return {key, Kind::choice, words,
            [](const Facts& facts) { return static_cast<std::size_t>(facts.*Member) - First; },
            [](Facts& facts, std::size_t index) {
                using Value = std::remove_reference_t<decltype(facts.*Member)>;
                facts.*Member = static_cast<Value>(index + First);
            }};
}
constexpr Field text(std::string_view key, std::string Facts::*member) {
    return {key, Kind::text, {}, nullptr, nullptr, member, nullptr};
}
constexpr Field list(std::string_view key, std::vector<std::string> Facts::*member) {
    return {key, Kind::list, {}, nullptr, nullptr, nullptr, member};
}

inline constexpr std::array platforms{"linux"sv, "illumos"sv};
inline constexpr std::array roles{"machine"sv, "container"sv};
inline constexpr std::array starts{"kernel"sv, "zone-init"sv, "shim"sv, "program"sv};
inline constexpr std::array networks{"exclusive"sv, "shared"sv};
inline constexpr std::array booleans{"false"sv, "true"sv};

inline constexpr std::array fields{
    choice<&Facts::platform>("platform", platforms),
    choice<&Facts::role, 1>("role", roles),
    choice<&Facts::start>("start", starts),
    choice<&Facts::pid1>("pid1", booleans),
    text("zone", &Facts::zone),
    text("brand", &Facts::brand),
    choice<&Facts::network>("network", networks),
    choice<&Facts::adopts_orphans>("adopts_orphans", booleans),
    choice<&Facts::owns_kernel>("owns_kernel", booleans),
    choice<&Facts::can_power_off>("can_power_off", booleans),
    text("power_off_why", &Facts::power_off_why),
    text("kernel_release", &Facts::kernel_release),
    text("kernel_version", &Facts::kernel_version),
    text("architecture", &Facts::architecture),
    text("kernel_command_line", &Facts::kernel_command_line),
    text("root_source", &Facts::root_source),
    text("root_type", &Facts::root_type),
    choice<&Facts::root_writable>("root_writable", booleans),
    list("mounted", &Facts::mounted),
    list("directory", &Facts::directories),
    list("file", &Facts::files),
    text("nsswitch_hosts", &Facts::nsswitch_hosts),
    Field{"nic", Kind::nic},
    Field{"allowed_address", Kind::allowed},
};

}  // namespace plumb::facts_file
