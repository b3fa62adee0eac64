// Texts put together at one place: a chain of + is inlined wherever it stands, which a small program notices.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace plumb {

std::string concat(std::initializer_list<std::string_view> parts);

}  // namespace plumb
