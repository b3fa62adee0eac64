// The keys of the facts file: read by facts.cpp, written by facts_text.cpp. Internal to plumb.
#pragma once

#include <array>
#include <span>
#include <type_traits>

#include "plumb/facts.hpp"

namespace plumb::facts_file {

using namespace std::string_view_literals;

enum class Kind : std::uint8_t { choice, flag, text, list, nic, allowed };

// A member whose values, from some first one on, are named by words.
struct Choice {
    std::span<const std::string_view> words;
    std::size_t (*chosen)(const Facts& facts);  // the index among words
    void (*choose)(Facts& facts, std::size_t index);
};

template <auto Member, std::size_t First = 0>
constexpr Choice choice(std::span<const std::string_view> words) {
    return {words, [](const Facts& facts) { return static_cast<std::size_t>(facts.*Member) - First; },
            [](Facts& facts, std::size_t index) {
                using Value = std::remove_reference_t<decltype(facts.*Member)>;
                facts.*Member = static_cast<Value>(index + First);
            }};
}

// One row per key of the facts file. kind says which member of the union there is.
struct Field {
    constexpr Field(const char* k, const Choice& member) : key(k), kind(Kind::choice), choice(&member) {}
    constexpr Field(const char* k, bool Facts::*member) : key(k), kind(Kind::flag), flag(member) {}
    constexpr Field(const char* k, std::string Facts::*member) : key(k), kind(Kind::text), text(member) {}
    constexpr Field(const char* k, std::vector<std::string> Facts::*member) : key(k), kind(Kind::list), list(member) {}
    constexpr Field(const char* k, Kind special) : key(k), kind(special), choice(nullptr) {}

    const char* key;
    Kind kind;
    union {
        const Choice* choice;
        bool Facts::*flag;
        std::string Facts::*text;
        std::vector<std::string> Facts::*list;
    };
};

inline constexpr std::array platforms{"linux"sv, "illumos"sv};
inline constexpr std::array roles{"machine"sv, "container"sv};
inline constexpr std::array starts{"kernel"sv, "zone-init"sv, "shim"sv, "program"sv};
inline constexpr std::array networks{"exclusive"sv, "shared"sv};
inline constexpr std::array booleans{"false"sv, "true"sv};

inline constexpr Choice platform = choice<&Facts::platform>(platforms);
inline constexpr Choice role = choice<&Facts::role, 1>(roles);
inline constexpr Choice start = choice<&Facts::start>(starts);
inline constexpr Choice network = choice<&Facts::network>(networks);

inline constexpr std::array fields{
    Field{"platform", platform},
    Field{"role", role},
    Field{"start", start},
    Field{"pid1", &Facts::pid1},
    Field{"zone", &Facts::zone},
    Field{"brand", &Facts::brand},
    Field{"network", network},
    Field{"adopts_orphans", &Facts::adopts_orphans},
    Field{"owns_kernel", &Facts::owns_kernel},
    Field{"can_power_off", &Facts::can_power_off},
    Field{"power_off_why", &Facts::power_off_why},
    Field{"kernel_release", &Facts::kernel_release},
    Field{"kernel_version", &Facts::kernel_version},
    Field{"architecture", &Facts::architecture},
    Field{"kernel_command_line", &Facts::kernel_command_line},
    Field{"root_source", &Facts::root_source},
    Field{"root_type", &Facts::root_type},
    Field{"root_writable", &Facts::root_writable},
    Field{"mounted", &Facts::mounted},
    Field{"directory", &Facts::directories},
    Field{"file", &Facts::files},
    Field{"nsswitch_hosts", &Facts::nsswitch_hosts},
    Field{"nic", Kind::nic},
    Field{"allowed_address", Kind::allowed},
};

}  // namespace plumb::facts_file
