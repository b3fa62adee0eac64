// Facts -> the text that parse_facts reads back.
#include "plumb/concat.hpp"
#include "plumb/facts_fields.hpp"

namespace plumb {

namespace {

using facts_file::Field;
using facts_file::Kind;

void append_line(std::string& out, std::string_view key, std::string_view value) {
    if (value.empty()) return;
    append(out, {key, " = ", value, "\n"});
}

std::string nic_line(const Nic& nic) {
    std::string line = nic.name;
    if (!nic.driver.empty()) append(line, {line.empty() ? "" : " ", "driver=", nic.driver});
    if (!nic.mac.empty()) append(line, {line.empty() ? "" : " ", "mac=", nic.mac});
    return line;
}

void append_field(std::string& out, const Field& field, const Facts& facts) {
    switch (field.kind) {
        case Kind::choice:
            append_line(out, field.key, field.choice->words[field.choice->chosen(facts)]);
            break;
        case Kind::flag:
            append_line(out, field.key, facts_file::booleans[facts.*field.flag ? 1 : 0]);
            break;
        case Kind::text:
            append_line(out, field.key, facts.*field.text);
            break;
        case Kind::list:
            for (const auto& value : facts.*field.list) append_line(out, field.key, value);
            break;
        case Kind::nic:
            for (const auto& nic : facts.nics) append_line(out, field.key, nic_line(nic));
            break;
        case Kind::allowed:
            for (const auto& one : facts.allowed)
                append_line(out, field.key,
                            concat({one.nic.empty() ? "-" : one.nic, " ", one.address,
                                    one.gateway.empty() ? "" : " gateway=", one.gateway}));
            break;
    }
}

}  // namespace

std::string to_text(const Facts& facts) {
    std::string out;
    for (const auto& field : facts_file::fields) append_field(out, field, facts);
    return out;
}

}  // namespace plumb
