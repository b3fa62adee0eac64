// The variables of an environment while it is made: each name once, in order. Nothing is copied before words().
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conf/config.hpp"

namespace init {

class Variables {
public:
    struct Variable {
        std::string_view name;
        std::string_view value;
    };

    explicit Variables(std::size_t expected) { list_.reserve(expected); }

    // In place of what the name had. What is viewed outlives this.
    void set(std::string_view name, std::string_view value) { place(name).value = value; }
    // Only where the name has none.
    void set_default(std::string_view name, std::string_view value);
    void set_all(const conf::Environment& env);

    std::string_view get(std::string_view name, std::string_view otherwise) const;
    std::vector<std::string> words() const;  // "NAME=value"

    auto begin() const { return list_.begin(); }
    auto end() const { return list_.end(); }

private:
    std::size_t find(std::string_view name) const;  // where it is, or is to be
    bool has(std::size_t at, std::string_view name) const { return at < list_.size() && list_[at].name == name; }
    Variable& place(std::string_view name);

    std::vector<Variable> list_;
};

}  // namespace init
