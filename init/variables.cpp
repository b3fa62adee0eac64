#include "init/variables.hpp"

#include <utility>

#include "conf/diagnostic.hpp"

namespace init {
namespace {

// Nearly all names differ in their first letter.
bool is_before(std::string_view a, std::string_view b) {
    if (!a.empty() && !b.empty() && a.front() != b.front())
        return static_cast<unsigned char>(a.front()) < static_cast<unsigned char>(b.front());
    return a < b;
}

// What was inherited is a word already.
std::string word(const Variables::Variable& each) {
    const std::size_t length = each.name.size() + 1 + each.value.size();
    if (each.name.data() + each.name.size() + 1 == each.value.data()) return {each.name.data(), length};
    return conf::cat({each.name, "=", each.value});
}

}  // namespace

std::size_t Variables::find(std::string_view name) const {
    std::size_t low = 0;
    for (std::size_t high = list_.size(); low < high;) {
        const std::size_t middle = (low + high) / 2;
        if (is_before(list_[middle].name, name))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

Variables::Variable& Variables::place(std::string_view name) {
    const std::size_t at = find(name);
    if (has(at, name)) return list_[at];
    // One by one: musl's memmove goes upwards byte by byte, which vector::insert would come to.
    list_.push_back({name, {}});
    for (std::size_t hole = list_.size() - 1; hole > at; --hole) std::swap(list_[hole], list_[hole - 1]);
    return list_[at];
}

void Variables::set_default(std::string_view name, std::string_view value) {
    if (!has(find(name), name)) set(name, value);
}

void Variables::set_all(const conf::Environment& env) {
    for (const auto& [name, value] : env) set(name, value);
}

std::string_view Variables::get(std::string_view name, std::string_view otherwise) const {
    const std::size_t at = find(name);
    return has(at, name) ? list_[at].value : otherwise;
}

std::vector<std::string> Variables::words() const {
    std::vector<std::string> result;
    result.reserve(list_.size());
    for (const Variable& each : list_) result.push_back(word(each));
    return result;
}

}  // namespace init
