// What the readers of field.hpp share: one value at a node. Each returns false, with a message, where it is wrong.
#pragma once

#include <string>
#include <string_view>

#include "conf/diagnostic.hpp"
#include "conf/field.hpp"

namespace conf {

std::string quoted(std::string_view text);  // "text", control characters escaped

// what: the words after "expected".
bool string_at(const Site& site, const Node& at, std::string_view what, std::string& out);
bool path_at(const Site& site, const Node& at, std::string& out);  // absolute
bool name_at(const Site& site, const Node& at, std::string& out);  // not empty
bool integer_at(const Site& site, const Node& at, std::int64_t& out);

using ReadOne = bool (*)(const Site& site, const Node& at, std::string& out);

// An array whose items one reads; out is replaced only when all of them are right. what: as above.
bool read_each(const Site& site, std::string_view what, ReadOne one, Strings& out);

// " (did you mean 'TERM'?)" for what is near a signal's name, with or without SIG.
std::string did_you_mean_signal(std::string_view text);

}  // namespace conf
